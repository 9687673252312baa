/* Nothing to call: threads.c stands in for two functions of the C library when the tests run under the thread sanitizer. */
