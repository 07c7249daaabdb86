"""What granian serves in the claim path's process: claims, and the live stream of the tower."""

from __future__ import annotations

import gc
import os
import sys

import django

from baogong.config.lifeline import end_at_a_word

end_at_a_word()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")
django.setup()

from baogong.api.claims import ClaimPath  # noqa: E402  (its rooms have tables)
from baogong.api.live import Live, Paths  # noqa: E402

# The writer and those it answers share one interpreter: by its default of 5 ms, each of a group's twenty statements would
# wait that long for its turn while a city is being read.
sys.setswitchinterval(0.000_5)

application = Paths(ClaimPath(), Live())

# What is loaded by now stays for good. Searching it for garbage again and again took a third of the loop's time, and
# stopped everybody each time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
