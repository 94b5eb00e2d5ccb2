"""llama.cpp's own server on a port of loopback that the system picks; its address is the first line of output.

It ends when its standard input does, so that it never outlives the process that started it.
"""

import os
import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {sys.argv[2]}
params.hostnames = ["127.0.0.1"]
params.port = 0
# Both slots together: each has half of it.
params.n_ctx = int(sys.argv[3])
params.n_parallel = 2
threads = min(8, os.cpu_count() or 1)
params.cpuparams.n_threads = threads
params.cpuparams_batch.n_threads = threads
params.n_gpu_layers = 0
params.endpoint_slots = True
params.ui = False

server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
