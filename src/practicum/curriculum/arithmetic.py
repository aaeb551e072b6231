"""Work out the arithmetic that a question states as its key.

Only numbers, names and the operations listed here are known. Nothing is looked up or run, and
no number grows beyond what a question can mean.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias

Value: TypeAlias = int | float
LENGTH_MAX = 500
POWER_MAX, SIZE_MAX = 1_000, 1e300

_BINARY: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[Value], Value]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": abs,
    "ceil": math.ceil,
    "comb": lambda n, k: math.comb(_small(n), _small(k)),
    "exp": math.exp,
    "factorial": lambda n: math.factorial(_small(n)),
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}
FUNCTIONS = tuple(_FUNCTIONS)
"""What may be called."""


class NotArithmetic(ValueError):
    """A text cannot be worked out; the message says why."""


def work_out(text: str, given: Mapping[str, Value]) -> Value:
    """The value of an expression over the names that are given. Raises NotArithmetic."""
    if len(text) > LENGTH_MAX:
        raise NotArithmetic(f"it is longer than {LENGTH_MAX} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        value = _value(tree.body, given)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise NotArithmetic(f"{text!r} is not an expression") from error
    except ZeroDivisionError as error:
        raise NotArithmetic("it divides by nothing") from error
    except NotArithmetic:
        raise
    except (ArithmeticError, TypeError, ValueError) as error:
        raise NotArithmetic(str(error)) from error
    if math.isnan(value) or math.isinf(value):
        raise NotArithmetic("it comes to no number")
    return value


def names_in(text: str) -> frozenset[str]:
    """The names that an expression needs; none if it is no expression."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
    )


def _value(node: ast.expr, given: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=bool()):
            raise NotArithmetic(f"{node.value!r} is not a number")
        case ast.Constant(value=int() | float() as number):
            return _bounded(number)
        case ast.Name(id=name):
            if name not in given:
                known = ", ".join(given) or "nothing"
                raise NotArithmetic(f"{name} is not given; given is {known}")
            return _bounded(given[name])
        case ast.UnaryOp() if type(node.op) in _UNARY:
            return _UNARY[type(node.op)](_value(node.operand, given))
        case ast.BinOp(op=ast.Pow()):
            return _power(_value(node.left, given), _value(node.right, given))
        case ast.BinOp() if type(node.op) in _BINARY:
            left, right = _value(node.left, given), _value(node.right, given)
            return _bounded(_BINARY[type(node.op)](left, right))
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*(_value(each, given) for each in node.args)))
    said = ast.unparse(node)
    raise NotArithmetic(f"{said[:60]!r} is not allowed; + - * / // % ** and {', '.join(FUNCTIONS)}")


def _power(base: Value, exponent: Value) -> Value:
    if abs(exponent) > POWER_MAX or abs(base) > SIZE_MAX:
        raise NotArithmetic("it grows too large")
    if base and abs(exponent) * math.log2(max(abs(base), 2)) > POWER_MAX:
        raise NotArithmetic("it grows too large")
    found: Value | complex = base**exponent
    if isinstance(found, complex):
        raise NotArithmetic("a root of a negative number is no number here")
    return _bounded(found)


def _bounded(number: Value) -> Value:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise NotArithmetic(f"{number!r} is not a number")
    if abs(number) > SIZE_MAX:
        raise NotArithmetic("it grows too large")
    return number


def _small(number: Value) -> int:
    if number != int(number) or not 0 <= number <= 170:
        raise NotArithmetic(f"{number} is not a whole number from 0 to 170")
    return int(number)
