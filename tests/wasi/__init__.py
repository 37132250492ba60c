"""Tests of `wasi_browser`."""
