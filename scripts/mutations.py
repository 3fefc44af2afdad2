"""How a module is changed to see whether its tests notice: one small change per mutant.

What is changed stands in `_alternatives`; what is left as it is, in `_children`.
"""

from __future__ import annotations

import ast
import copy
import marshal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import EnumMeta
from pathlib import Path
from types import ModuleType
from typing import Any

EVERYWHERE = ""  # the place of what runs when the module is imported


@dataclass(frozen=True)
class Mutant:
    """One change of a module. place : the function it lies in; code : the mutated module, marshalled."""

    module: str
    place: str
    number: int
    line: str
    change: str
    code: bytes = field(repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.module, self.place, self.line, self.change


_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TIDYING = {"strip", "lower", "upper", "lstrip", "rstrip", "capitalize"}
_EFFECTS = (ast.Attribute, ast.Subscript)


class _Types:
    """What the live module knows of names: which are enums, and the dataclass an expression has."""

    def __init__(self, module: ModuleType) -> None:
        self.names = vars(module)
        self.arguments: dict[str, Any] = {}

    def enum_after(self, node: ast.Attribute) -> str | None:
        """The member after this one in its enum; None when `node` names no member."""
        members = list(getattr(self._value(ast.unparse(node.value), self.names), "__members__", ()))
        if node.attr not in members or len(members) < 2:
            return None
        return str(members[(members.index(node.attr) + 1) % len(members)])

    def field_after(self, node: ast.Attribute) -> str | None:
        """The next field of the same type in the dataclass of `node.value`; None without one."""
        kinds = self._fields(self.dataclass_of(node.value))
        alike = [name for name, kind in kinds.items() if kind == kinds.get(node.attr)]
        if node.attr not in alike or len(alike) < 2:
            return None
        return alike[(alike.index(node.attr) + 1) % len(alike)]

    def dataclass_of(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return self.arguments.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dataclass_of(node.value)
            kind = self._fields(owner).get(node.attr, "")
            return self.named(kind, vars(sys.modules[owner.__module__])) if kind else None
        return None

    def named(self, annotation: str, names: Mapping[str, Any]) -> Any:
        """The dataclass that an annotation such as "Right | None" names; None for any other."""
        found = [self._value(part.strip(), names) for part in annotation.split("|")]
        return next((each for each in found if is_dataclass(each)), None)

    def _fields(self, owner: Any) -> dict[str, str]:
        return {each.name: str(each.type) for each in fields(owner)} if owner else {}

    def _value(self, dotted: str, names: Mapping[str, Any]) -> Any:
        first, *rest = dotted.split(".")
        value = names.get(first)
        for name in rest:
            value = getattr(value, name, None)
        return value if isinstance(value, type | EnumMeta) else None


def _alternatives(node: ast.AST, types: _Types) -> Iterator[tuple[ast.AST, str]]:
    """What stands in a mutant where `node` stands, with a name for the change ("" for: both texts)."""
    match node:
        case ast.Compare():
            for number, op in enumerate(node.ops):
                for other in _COMPARISONS[type(op)]:
                    ops = [*node.ops[:number], other(), *node.ops[number + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators), ""
        case ast.BoolOp():
            yield (
                ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values),
                "",
            )
            for number, left_out in enumerate(node.values):
                rest = [*node.values[:number], *node.values[number + 1 :]]
                kept = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
                yield kept, f"without {ast.unparse(left_out)}"
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand, ""
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right), ""
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value), ""
        case ast.Constant(value=int() | float() as number_itself):
            yield ast.Constant(number_itself + 1), ""
            yield ast.Constant(number_itself - 1), ""
        case ast.Constant(value=str()):
            yield ast.Constant("" if node.value else "XX"), ""
        case ast.JoinedStr() if _is_sentence(node):
            yield ast.Constant(""), ""
        case ast.IfExp():
            yield node.body, "condition → True"
            yield node.orelse, "condition → False"
        case ast.If() | ast.While():
            for value in (True, False) if isinstance(node, ast.If) else (False,):
                changed = copy.copy(node)
                changed.test = ast.Constant(value)
                yield changed, f"condition → {value}"
        case ast.comprehension(ifs=[_, *_]):
            for left_out in node.ifs:
                changed_one = copy.copy(node)
                changed_one.ifs = [each for each in node.ifs if each is not left_out]
                yield changed_one, f"without if {ast.unparse(left_out)}"
        case ast.Set():
            for each in node.elts:
                if not isinstance(each, ast.Constant) and len(node.elts) > 1:
                    rest = [other for other in node.elts if other is not each]
                    yield ast.Set(rest), f"without {ast.unparse(each)}"
        case ast.Attribute():
            for name in {types.enum_after(node), types.field_after(node)} - {None}:
                yield ast.Attribute(node.value, str(name), node.ctx), ""
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield ast.Call(ast.Name(_CALLS[name], ast.Load()), node.args, node.keywords), ""
        case ast.Call(func=ast.Attribute(attr=name, value=untidied)) if name in _TIDYING:
            yield untidied, f"without .{name}()"
        case ast.Return(value=None) | ast.Raise() | ast.Expr(value=ast.Call()) | ast.Continue():
            yield ast.Pass(), "removed"
        case ast.Return(value=value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None)), "return None"
        case ast.Return(value=ast.Constant(value=None)):
            yield ast.Pass(), "removed"
        case ast.AugAssign():
            yield ast.Pass(), "removed"
            if type(node.op) in _ARITHMETIC:
                yield ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value), ""
        case ast.Assign(targets=[target]) if isinstance(target, _EFFECTS):
            yield ast.Pass(), "removed"


def _is_sentence(text: ast.JoinedStr) -> bool:
    return any(
        isinstance(part, ast.Constant) and " " in str(part.value).strip() for part in text.values
    )


def _children(node: ast.AST) -> Iterator[tuple[Any, Any, ast.AST, bool]]:
    """(container, key, child, whether it belongs to the place outside) of what may be mutated below a node.

    Left out are docstrings, annotations, base classes and `@dataclass(...)`, which decide nothing, and the words of
    a sentence: it is one mutant as a whole.
    """
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "bases", "type_params", "ctx", "op", "ops"}:
            continue
        if isinstance(node, ast.ClassDef) and name in {"decorator_list", "keywords"}:
            continue
        outside = name in {"decorator_list", "args"} and isinstance(node, ast.FunctionDef)
        many = value if isinstance(value, list) else [value]
        container, keys = (value, range(len(value))) if isinstance(value, list) else (node, [name])
        for key, child in zip(keys, many, strict=True):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            is_word = isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)
            if is_word and _is_sentence(node):  # type: ignore[arg-type]
                continue
            if isinstance(child, ast.AST):
                yield container, key, child, outside


def _ends_with(function: ast.AST, statement: ast.AST) -> bool:
    """Whether a statement is the `return None` that ends a function, which it would do without it too."""
    return (
        isinstance(statement, ast.Return)
        and (statement.value is None or ast.unparse(statement.value) == "None")
        and isinstance(function, ast.FunctionDef)
        and function.body[-1] is statement
    )


def _put(container: Any, key: Any, value: ast.AST) -> None:
    if isinstance(container, list):
        container[key] = value
    else:
        setattr(container, key, value)


def mutants_of(module: ModuleType, only: list[str]) -> Iterator[Mutant]:
    """Every mutant of a module; of the functions named in `only`, when it names any."""
    path = Path(str(module.__file__))
    source = path.read_text()
    tree, lines = ast.parse(source), source.splitlines()
    numbers: Counter[tuple[str, str, str]] = Counter()

    def walk(
        node: ast.AST, place: str, owner: str, types: _Types, line: int, in_function: bool
    ) -> Iterator[Mutant]:
        for container, key, child, outside in _children(node):
            line_now = getattr(child, "lineno", line)
            where = "" if outside else place
            if (not only or where in only) and not _ends_with(node, child):
                for new, name in _alternatives(child, types):
                    ast.copy_location(new, child)
                    _put(container, key, ast.fix_missing_locations(new))
                    change = name or f"{ast.unparse(child)} → {ast.unparse(new)}"
                    text = lines[line_now - 1].strip()
                    numbers[where, text, change] += 1
                    number = numbers[where, text, change]
                    change = change if number == 1 else f"{change} (no. {number})"
                    code = marshal.dumps(compile(tree, str(path), "exec"))
                    yield Mutant(module.__name__, where, line_now, text, change, code)
                    _put(container, key, child)
            inner, below, known, inside = where, owner, types, in_function
            if isinstance(child, ast.ClassDef) and not in_function:
                below = f"{owner}{child.name}."
            elif isinstance(child, ast.FunctionDef):
                inner = place if in_function else f"{owner}{child.name}"
                known, inside = _with_arguments(types, child, owner), True
            yield from walk(child, inner, below, known, line_now, inside)

    yield from walk(tree, EVERYWHERE, "", _Types(module), 1, in_function=False)


def _with_arguments(types: _Types, function: ast.FunctionDef, owner: str) -> _Types:
    inner = copy.copy(types)
    inner.arguments = dict(types.arguments)
    for each in (*function.args.args, *function.args.kwonlyargs):
        text = ast.unparse(each.annotation) if each.annotation else ""
        text = owner.rstrip(".") if each.arg == "self" else text
        inner.arguments[each.arg] = inner.named(text, inner.names) if text else None
    return inner
