"""Do the objects that the library reads have the fields of its classes, no more and no fewer?"""

from typing import ClassVar, get_args, get_origin

from stripe import StripeObject

# `object` in a list, and what the library adds by itself.
OF_EVERY_OBJECT = {"object"}


def complaints(value, where=""):
    """Names every field that the class of an object does not know, and every one that it can't be without."""
    if isinstance(value, (list, tuple)):
        return [text for at, item in enumerate(value) for text in complaints(item, f"{where}[{at}]")]
    if not isinstance(value, StripeObject):
        return []
    found = []
    kind = type(value)
    # What has no class of its own is a plain hash, such as metadata.
    if kind is not StripeObject:
        known, needed = annotations(kind)
        there = set(value.to_dict(recursive=False))
        name = f"{where} ({kind.__qualname__})"
        found += [f"{name}: {field} is unknown" for field in sorted(there - known)]
        found += [f"{name}: {field} is missing" for field in sorted(needed - there)]
    for field, inner in value.to_dict(recursive=False).items():
        found += complaints(inner, f"{where}.{field}")
    return found


def annotations(kind):
    """The fields of a class, and those of them that are always there."""
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
    """The classes have one word for what may be null and for what may be absent."""
    return type(None) in get_args(annotation)
