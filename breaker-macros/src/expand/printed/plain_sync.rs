fn load(id: u32) -> Result<Row, Error> {
    let breaker_call_site = ::breaker_runtime::__private::static_breaker!(
        call_site of "load"
    );
    return ::breaker_runtime::__private::call_result(
        breaker_call_site.admit_or_wait_plainly(),
        move || -> Result<Row, Error> { fetch(id) },
        ::breaker_runtime::__private::carrying!(
            carrying of Result < Row, Error >,
            judge::breaker_runtime::__private::find!(result_judge of Result < Row, Error
            >), breaker_call_site
        ),
    );
}
