"""Compiled code is kept apart for every text of the kernels, and the gateway leaves no trace in numba."""

from pathlib import Path

import numba

from outlast.kernels import jit
from outlast.kernels.allocation import pack


def test_compiled_code_lies_in_the_folder_of_this_text_of_the_kernels():
    assert Path(pack.stats.cache_path).is_relative_to(jit.CACHE_FOLDER)
    assert jit._cache_folder() == jit.CACHE_FOLDER
    assert numba.config.CACHE_DIR != jit.CACHE_FOLDER


def test_another_text_of_the_kernels_means_another_folder(tmp_path, monkeypatch):
    folders = set()
    for text in ("one", "two"):
        (tmp_path / "kernel.py").write_text(text)
        monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
        folders.add(jit._cache_folder())
    assert len(folders) == 2
