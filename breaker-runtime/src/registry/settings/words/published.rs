//! The options that the libraries document, as they spell them.

/// The options by library. Those of the same name here are among them.
pub(super) const OPTIONS: &[(&str, &str)] = &[
    (
        "pybreaker",
        "fail_max reset_timeout success_threshold exclude listeners state_storage name \
         throw_new_error_on_trip",
    ),
    (
        "gobreaker",
        "Name MaxRequests Interval BucketPeriod Timeout ReadyToTrip OnStateChange IsSuccessful IsExcluded",
    ),
    (
        "Hystrix: setters of a command",
        "withCircuitBreakerEnabled withCircuitBreakerErrorThresholdPercentage \
         withCircuitBreakerForceClosed withCircuitBreakerForceOpen \
         withCircuitBreakerRequestVolumeThreshold withCircuitBreakerSleepWindowInMilliseconds \
         withExecutionIsolationSemaphoreMaxConcurrentRequests withExecutionIsolationStrategy \
         withExecutionIsolationThreadInterruptOnTimeout \
         withExecutionIsolationThreadInterruptOnFutureCancel withExecutionTimeoutInMilliseconds \
         withExecutionTimeoutEnabled withFallbackIsolationSemaphoreMaxConcurrentRequests \
         withFallbackEnabled withMetricsHealthSnapshotIntervalInMilliseconds \
         withMetricsRollingPercentileBucketSize withMetricsRollingPercentileEnabled \
         withMetricsRollingPercentileWindowInMilliseconds withMetricsRollingPercentileWindowBuckets \
         withMetricsRollingStatisticalWindowInMilliseconds withMetricsRollingStatisticalWindowBuckets \
         withRequestCacheEnabled withRequestLogEnabled",
    ),
    (
        "Hystrix: setters of a thread pool",
        "withCoreSize withMaximumSize withMaxQueueSize withQueueSizeRejectionThreshold \
         withKeepAliveTimeMinutes withAllowMaximumSizeToDivergeFromCoreSize",
    ),
    (
        "Hystrix: the annotation",
        "commandKey groupKey threadPoolKey fallbackMethod commandProperties threadPoolProperties \
         ignoreExceptions observableExecutionMode raiseHystrixExceptions defaultFallback",
    ),
    (
        "Hystrix: properties",
        "timeoutInMilliseconds interruptOnTimeout interruptOnCancel maxConcurrentRequests \
         requestVolumeThreshold sleepWindowInMilliseconds errorThresholdPercentage forceOpen forceClosed \
         timeInMilliseconds numBuckets bucketSize intervalInMilliseconds maxRequestsInBatch \
         timerDelayInMilliseconds",
    ),
    (
        "hystrix-go",
        "Timeout MaxConcurrentRequests RequestVolumeThreshold SleepWindow ErrorPercentThreshold",
    ),
    (
        "resilience4j: breakers",
        "failureRateThreshold slowCallRateThreshold slowCallDurationThreshold \
         permittedNumberOfCallsInHalfOpenState maxWaitDurationInHalfOpenState slidingWindowType \
         slidingWindowSize slidingWindowSynchronizationStrategy minimumNumberOfCalls \
         waitDurationInOpenState automaticTransitionFromOpenToHalfOpenEnabled recordExceptions \
         ignoreExceptions recordFailurePredicate recordResultPredicate ignoreExceptionPredicate \
         recordException ignoreException recordResult waitIntervalFunctionInOpenState \
         enableExponentialBackoff exponentialBackoffMultiplier exponentialMaxWaitDurationInOpenState \
         enableRandomizedWait randomizedWaitFactor registerHealthIndicator allowHealthIndicatorToFail \
         eventConsumerBufferSize baseConfig writableStackTraceEnabled ignoreClassBindingExceptions \
         ignoreUnknownExceptions currentTimestampFunction timestampUnit transitionOnResult \
         transitionToStateAfterWaitDuration initialState fallbackMethod",
    ),
    (
        "resilience4j: retries, bulkheads, time limiters and rate limiters",
        "maxAttempts waitDuration intervalFunction intervalBiFunction retryOnResultPredicate \
         retryExceptionPredicate retryExceptions failAfterMaxAttempts exponentialMaxWaitDuration \
         consumeResultBeforeRetryAttempt maxConcurrentCalls maxWaitDuration fairCallHandlingEnabled \
         maxThreadPoolSize coreThreadPoolSize queueCapacity keepAliveDuration contextPropagators \
         timeoutDuration cancelRunningFuture limitForPeriod limitRefreshPeriod",
    ),
    (
        "Polly 8",
        "FailureRatio MinimumThroughput SamplingDuration BreakDuration BreakDurationGenerator \
         ManualControl StateProvider ShouldHandle OnOpened OnClosed OnHalfOpened Name InstanceName \
         MaxRetryAttempts Delay MaxDelay DelayGenerator UseJitter BackoffType OnRetry Randomizer \
         Timeout TimeoutGenerator OnTimeout FallbackAction OnFallback PermitLimit QueueLimit OnRejected \
         MaxHedgedAttempts ActionGenerator OnHedging DefaultRateLimiterOptions RateLimiter",
    ),
    (
        "Polly 7",
        "handledEventsAllowedBeforeBreaking exceptionsAllowedBeforeBreaking durationOfBreak \
         failureThreshold onBreak onReset onHalfOpen retryCount sleepDurationProvider sleepDurations \
         timeoutStrategy maxParallelization maxQueuingActions onBulkheadRejected",
    ),
    (
        "opossum",
        "timeout maxFailures resetTimeout rollingCountTimeout rollingCountBuckets name \
         rollingPercentilesEnabled capacity errorThresholdPercentage enabled allowWarmUp \
         volumeThreshold errorFilter cache cacheTTL cacheSize cacheGetKey cacheTransport coalesce \
         coalesceTTL coalesceSize coalesceResetOn abortController enableSnapshots \
         rotateBucketController autoRenewAbortController group status",
    ),
    (
        "failsafe, the Rust crate",
        "failure_policy consecutive_failures or_else success_rate_over_time_window required_success_rate \
         min_request_threshold window backoff constant exponential equal_jittered full_jittered \
         instrument",
    ),
    (
        "Failsafe, the Java library",
        "withDelay withDelayFn withDelayFnOn withDelayFnWhen withFailureThreshold \
         withFailureRateThreshold withSuccessThreshold handle handleIf handleResult handleResultIf \
         onOpen onClose onHalfOpen onSuccess onFailure withMaxRetries withMaxAttempts withMaxDuration \
         withBackoff withJitter abortOn abortIf abortWhen onRetry onAbort onRetriesExceeded \
         onRetryScheduled onFailedAttempt withInterrupt withMaxWaitTime",
    ),
    (
        "tenacity",
        "sleep stop wait retry before after before_sleep reraise retry_error_cls retry_error_callback \
         name enabled stop_after_attempt stop_after_delay stop_before_delay stop_never stop_all stop_any \
         stop_when_event_set wait_fixed wait_none wait_random wait_incrementing wait_exponential \
         wait_exponential_jitter wait_random_exponential wait_full_jitter wait_chain wait_combine \
         wait_exception retry_if_exception retry_if_exception_type retry_if_not_exception_type \
         retry_unless_exception_type retry_if_exception_message retry_if_not_exception_message \
         retry_if_exception_cause_type retry_if_result retry_if_not_result retry_any retry_all \
         retry_always retry_never",
    ),
    (
        "MicroProfile Fault Tolerance",
        "delay delayUnit requestVolumeThreshold failureRatio successThreshold failOn skipOn applyOn \
         maxRetries maxDuration durationUnit jitter jitterDelayUnit retryOn abortOn waitingTaskQueue \
         fallbackMethod",
    ),
    (
        "Akka",
        "maxFailures callTimeout resetTimeout maxResetTimeout exponentialBackoffFactor randomFactor",
    ),
    (
        "Vert.x",
        "failuresRollingWindow fallbackOnFailure maxFailures maxRetries metricsRollingBuckets \
         metricsRollingWindow resetTimeout timeout",
    ),
    ("cockatiel", "halfOpenAfter initialState threshold minimumRps"),
];

/// The options of retries, by library.
pub(super) const PARTS_OF_RETRY: &[(&str, &str)] = &[
    (
        "resilience4j",
        "maxAttempts waitDuration intervalFunction intervalBiFunction retryOnResultPredicate \
         retryExceptionPredicate retryExceptions ignoreExceptions failAfterMaxAttempts \
         enableExponentialBackoff exponentialBackoffMultiplier exponentialMaxWaitDuration \
         enableRandomizedWait randomizedWaitFactor consumeResultBeforeRetryAttempt",
    ),
    (
        "Polly",
        "ShouldHandle MaxRetryAttempts Delay MaxDelay DelayGenerator UseJitter BackoffType OnRetry \
         Randomizer retryCount sleepDurationProvider",
    ),
    (
        "tenacity",
        "sleep stop wait retry before after before_sleep reraise retry_error_cls retry_error_callback \
         stop_after_attempt stop_after_delay stop_before_delay stop_never stop_all stop_any \
         stop_when_event_set wait_fixed wait_none wait_random wait_incrementing wait_exponential \
         wait_exponential_jitter wait_random_exponential wait_full_jitter wait_chain wait_combine \
         wait_exception retry_if_exception retry_if_exception_type retry_if_not_exception_type \
         retry_unless_exception_type retry_if_exception_message retry_if_not_exception_message \
         retry_if_exception_cause_type retry_if_result retry_if_not_result retry_any retry_all \
         retry_always retry_never multiplier initial min max exp_base jitter",
    ),
    (
        "Failsafe, the Java library",
        "withMaxRetries withMaxAttempts withMaxDuration withBackoff withDelay withDelayFn withDelayFnOn \
         withDelayFnWhen withJitter handle handleIf handleResult handleResultIf abortOn abortIf abortWhen \
         onRetry onAbort",
    ),
    (
        "MicroProfile Fault Tolerance",
        "maxRetries delay delayUnit maxDuration durationUnit jitter jitterDelayUnit retryOn abortOn",
    ),
];
