"""Checks that objects have exactly the fields of their library class."""

from typing import ClassVar, get_args, get_origin

from stripe import StripeObject

# Fields outside the classes: that of lists does not declare `object`.
OF_EVERY_OBJECT = {"object"}


def complaints(value, where=""):
    """Returns a message for every field that the object's class lacks, and for every required field that is missing."""
    if isinstance(value, (list, tuple)):
        return [text for at, item in enumerate(value) for text in complaints(item, f"{where}[{at}]")]
    if not isinstance(value, StripeObject):
        return []
    found = []
    kind = type(value)
    # An object without a class of its own is a plain hash, such as metadata.
    if kind is not StripeObject:
        known, needed = annotations(kind)
        there = set(contents(value))
        name = f"{where} ({kind.__qualname__})"
        found += [f"{name}: {field} is unknown" for field in sorted(there - known)]
        found += [f"{name}: {field} is missing" for field in sorted(needed - there)]
    for field, inner in contents(value).items():
        found += complaints(inner, f"{where}.{field}")
    return found


def contents(value):
    """Returns the fields of an object, which is a dictionary itself in releases before 15."""
    return dict(value) if isinstance(value, dict) else value.to_dict(recursive=False)


def annotations(kind):
    """Returns the fields of a class, and those of them that are required."""
    known, needed = set(OF_EVERY_OBJECT), set()
    for base in kind.__mro__:
        if not issubclass(base, StripeObject) or base is StripeObject:
            continue
        for field, annotation in base.__dict__.get("__annotations__", {}).items():
            known.add(field)
            if not field.startswith("_") and get_origin(annotation) is not ClassVar and not may_be_none(annotation):
                needed.add(field)
    return known, needed


def may_be_none(annotation):
    """True if a field can be null or absent, which the classes don't distinguish."""
    return type(None) in get_args(annotation)
