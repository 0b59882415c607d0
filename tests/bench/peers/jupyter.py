# One Jupyter kernel: says its first result and then waits. The kernel is this process, so that its memory is what counts.
import sys
import threading

from ipykernel.kernelapp import IPKernelApp
from jupyter_client import BlockingKernelClient

app = IPKernelApp.instance()
app.initialize([])


def first_result():
    client = BlockingKernelClient(connection_file=app.abs_connection_file)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute_interactive("n = 1; n + 1", timeout=60, output_hook=lambda message: None)
    sys.__stdout__.write("2\n")
    sys.__stdout__.flush()


threading.Thread(target=first_result, daemon=True).start()
app.start()
