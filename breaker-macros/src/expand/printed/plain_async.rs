async fn load(id: u32) -> Result<Row, Error> {
    let breaker_call_site = ::breaker_runtime::__private::static_breaker!(
        call_site of "load"
    );
    let breaker_ty = ::breaker_runtime::__private::edge::<Result<Row, Error>>();
    let breaker_permit = match breaker_call_site.admit_plainly() {
        ::core::result::Result::Ok(breaker_permit) => breaker_permit,
        ::core::result::Result::Err(breaker_cause) => {
            return ::breaker_runtime::__private::refused(breaker_cause);
        }
    };
    return ::breaker_runtime::__private::watch(
            breaker_permit,
            async move {
                ::breaker_runtime::__private::return_edge!(breaker_ty);
                fetch(id).await
            },
            ::breaker_runtime::__private::carrying!(
                carrying of Result < Row, Error >,
                judge::breaker_runtime::__private::find!(result_judge of Result < Row,
                Error >), breaker_call_site
            ),
        )
        .await;
}
