#!/usr/bin/env python3
"""Prints SaslPrepTables.txt: what SASLprep (RFC 4013) needs to know of Unicode 3.2, from Python's copy of that version.

Run it as: python3 SaslPrepTables.py > SaslPrepTables.txt
Sections are lines of hexadecimal code points:
  [mapping]   CODE[-LAST]KIND[CODE,...]   "=" canonical, and composed again; "!" canonical only; "~" compatibility. Of a range the mapping counts up too.
  [class]     CODE[-LAST]:CLASS           combining classes other than 0, decimal
  [R]  [L]    CODE[-LAST]                 tables D.1 and D.2 of RFC 3454
"""
import stringprep
import sys
from unicodedata import ucd_3_2_0 as unicode

CODES = [c for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]


def mapping(code):
    fields = unicode.decomposition(chr(code)).split()
    if not fields or 0xAC00 <= code <= 0xD7A3:
        return None
    if fields[0].startswith('<'):
        return '~', tuple(int(field, 16) for field in fields[1:])
    composes = unicode.normalize('NFC', unicode.normalize('NFD', chr(code))) == chr(code)
    return '=' if composes else '!', tuple(int(field, 16) for field in fields)


def runs(values, follows):
    """Joins neighbours: yields first, last and the value of the first."""
    first = last = value = None
    for code, each in values:
        if first is not None and code == last + 1 and follows(value, each, code - first):
            last = code
            continue
        if first is not None:
            yield first, last, value
        first = last = code
        value = each
    if first is not None:
        yield first, last, value


def span(first, last):
    return f'{first:X}' if first == last else f'{first:X}-{last:X}'


def counts_up(value, each, distance):
    return value[0] == each[0] and len(value[1]) == len(each[1]) == 1 and value[1][0] + distance == each[1][0]


def same(value, each, _):
    return value == each


print('[mapping]')
for first, last, (kind, codes) in runs(((c, m) for c in CODES if (m := mapping(c))), counts_up):
    print(span(first, last) + kind + ','.join(f'{code:X}' for code in codes))
print('[class]')
for first, last, value in runs(((c, k) for c in CODES if (k := unicode.combining(chr(c)))), same):
    print(f'{span(first, last)}:{value}')
for name, belongs in ('R', stringprep.in_table_d1), ('L', stringprep.in_table_d2):
    print(f'[{name}]')
    for first, last, _ in runs(((c, True) for c in CODES if belongs(chr(c))), same):
        print(span(first, last))
