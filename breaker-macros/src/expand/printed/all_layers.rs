async fn load(id: u32) -> Result<Row, Error> {
    let breaker_call_site = ::breaker_runtime::__private::static_breaker!(
        call_site of "load" with options(breaker_old, breaker_old
        .with_failure_threshold(5u32), breaker_old
        .with_call_timeout(::core::time::Duration::new(2u64, 0u32)), breaker_old
        .with_max_concurrent(8u32), breaker_old
        .with_max_wait_async(::core::time::Duration::new(0u64, 50000000u32))), retried()
    );
    let breaker_form = ::breaker_runtime::__private::find!(
        memory of Result < Row, Error >
    );
    let breaker_memory = breaker_form
        .memory(
            ::breaker_runtime::__private::last_good!(
                ::breaker_runtime::__private::LastGood::new(::breaker_runtime::__private::built!(breaker_old,
                breaker_old.with_max_age(::core::time::Duration::new(60u64, 0u32));
                ::breaker_runtime::__private::LastGoodLimits::DEFAULT))
            ),
            breaker_call_site.owner(),
            match &id {
                breaker_key => {
                    ::breaker_runtime::__private::find!(key of & breaker_key)
                        .key(breaker_key)
                }
            },
        );
    let mut breaker_attempts = ::breaker_runtime::__private::attempts!(
        breaker_call_site,
        ::breaker_runtime::__private::Retry::with_backoff_alone(::breaker_runtime::__private::Retry::with_attempts(::breaker_runtime::__private::Retry::new(),
        3u32), ::core::time::Duration::new(0u64, 100000000u32)).in_future()
    );
    let mut breaker_failed = ::core::option::Option::None;
    let (breaker_attempt_end, breaker_disposition) = loop {
        let breaker_pause = {
            let breaker_ty = ::breaker_runtime::__private::edge::<Result<Row, Error>>();
            let breaker_admitted = ::breaker_runtime::__private::admit_or_wait!(
                breaker_call_site
            );
            let (breaker_judge, breaker_disposition) = ::breaker_runtime::__private::carrying!(
                carrying of Result < Row, Error >,
                add::breaker_runtime::__private::fallback_any:: < Result < Row, Error >,
                _, _ > (::breaker_runtime::__private::find!(judge of Result < Row, Error
                >), ::breaker_runtime::__private::find!(fail of Result < Row, Error >))
                .with_retry_after(::breaker_runtime::__private::find!(retry_after of
                Result < Row, Error >)), breaker_call_site
            )
                .split();
            let breaker_permit = match breaker_attempts.admitted(breaker_admitted) {
                ::core::result::Result::Ok(breaker_permit) => breaker_permit,
                ::core::result::Result::Err(breaker_cause) => {
                    break (
                        breaker_attempts.rejected(breaker_cause, breaker_failed),
                        breaker_disposition,
                    );
                }
            };
            let breaker_attempt_end = ::breaker_runtime::__private::attempt_within(
                    breaker_permit,
                    async move {
                        ::breaker_runtime::__private::return_edge!(breaker_ty);
                        fetch(id).await
                    },
                    breaker_judge,
                    ::core::option::Option::None,
                )
                .await;
            let ::core::option::Option::Some(breaker_pause) = breaker_attempts
                .next(&breaker_attempt_end, |_| true) else {
                break (breaker_attempt_end, breaker_disposition);
            };
            breaker_failed = ::core::option::Option::Some(
                ::breaker_runtime::__private::find!(kept of breaker_attempt_end),
            );
            breaker_pause
        };
        ::breaker_runtime::__private::pause(breaker_pause).await;
    };
    let breaker_cause = match breaker_disposition
        .conclude_with(
            breaker_attempt_end,
            breaker_memory,
            ::breaker_runtime::__private::On::Any,
        )
    {
        ::core::result::Result::Ok(breaker_answer) => return breaker_answer,
        ::core::result::Result::Err(breaker_cause) => breaker_cause,
    };
    breaker_call_site.fall_back(breaker_cause);
    return Ok(Row::default());
}
