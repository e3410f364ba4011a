// What MBXP's tests use of lodash: isEqual, by the rules of its documentation (SameValueZero for numbers).
'use strict';

function isEqual(a, b) {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') return a !== a && b !== b;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (Array.isArray(a)) return a.length === b.length && a.every((each, index) => isEqual(each, b[index]));
  if (a instanceof Map) {
    return a.size === b.size && [...a].every(([key, each]) => b.has(key) && isEqual(each, b.get(key)));
  }
  if (a instanceof Set) {
    return a.size === b.size && [...a].every((each) => b.has(each) || [...b].some((other) => isEqual(each, other)));
  }
  if (a instanceof Date || a instanceof Number || a instanceof String || a instanceof Boolean) {
    return isEqual(a.valueOf(), b.valueOf());
  }
  if (a instanceof RegExp) return String(a) === String(b);
  const keys = Object.keys(a);
  return (
    a.constructor === b.constructor &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.prototype.hasOwnProperty.call(b, key) && isEqual(a[key], b[key]))
  );
}

exports.isEqual = isEqual;
