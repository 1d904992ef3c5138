"""Lets the suite, which is written for Python 3.13, load on 3.11 and 3.12: its annotations are not evaluated, and the one
f-string that only a newer parser reads is spelled otherwise. What the tests do does not change."""

import __future__
import importlib.abc
import importlib.machinery
import os
import pathlib
import sys

PACKAGE = "adbc_drivers_validation"


class Loader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        text = bytes(data).decode().replace(r"{'\n'.join(diff)}", "{chr(10).join(diff)}")
        flags = __future__.annotations.compiler_flag
        return compile(text, path, "exec", flags, dont_inherit=True, optimize=_optimize)


class Finder(importlib.abc.MetaPathFinder):
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def find_spec(self, name, path, target=None):
        if name.split(".")[0] != PACKAGE:
            return None
        file = self.folder.joinpath(*name.split("."))
        places = [str(file)] if (file / "__init__.py").exists() else None
        file = file / "__init__.py" if places else file.with_suffix(".py")
        if not file.exists():
            return None
        spec = importlib.machinery.ModuleSpec(name, Loader(name, str(file)), origin=str(file), is_package=bool(places))
        spec.has_location = True
        if places:
            spec.submodule_search_locations = places
        return spec


def install():
    folder = os.environ["ADBC_VALIDATION_DIR"]
    if sys.version_info < (3, 13):
        sys.meta_path.insert(0, Finder(folder))
    else:
        sys.path.insert(0, folder)
