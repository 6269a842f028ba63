"""What holds for all tests. In: nothing. Out: interrupts that are heard.
One reason to exist: what is started in the background, by a shell or a runner, ignores interrupts, and so do
the processes that tests start and interrupt.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
