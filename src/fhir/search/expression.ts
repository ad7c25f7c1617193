/** The part of FHIRPath (http://hl7.org/fhirpath/N1) that search parameters are written in, as a tree. */
export type PathExpression =
  /** The node that the expression is applied to; also the type's name or `$this` at the beginning of a path. */
  | { readonly op: 'focus' }
  /** `%resource` */
  | { readonly op: 'resource' }
  | { readonly op: 'member'; readonly of: PathExpression; readonly name: string }
  /** `[0]`, `first()`; -1: `last()` */
  | { readonly op: 'index'; readonly of: PathExpression; readonly index: number }
  /** `as(X)`, `(… as X)`, `ofType(X)` */
  | { readonly op: 'as'; readonly of: PathExpression; readonly type: string }
  | { readonly op: 'is'; readonly of: PathExpression; readonly type: string }
  | { readonly op: 'where'; readonly of: PathExpression; readonly criteria: PathExpression }
  | { readonly op: 'exists' | 'resolve' | 'not'; readonly of: PathExpression }
  | { readonly op: 'union' | 'and' | 'or' | '=' | '!='; readonly left: PathExpression; readonly right: PathExpression }
  | { readonly op: 'literal'; readonly value: string | number | boolean };

/** The expression uses more of FHIRPath than search parameters need, or is not FHIRPath. */
export class UnsupportedExpression extends Error {
  override readonly name = 'UnsupportedExpression';
}

type BinaryOperator = '|' | 'is' | 'as' | '=' | '!=' | 'and' | 'or';

/** FHIRPath N1 §7 (precedence): the higher binds tighter; paths bind tightest. */
const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = { or: 1, and: 2, '=': 3, '!=': 3, '|': 4, is: 5, as: 5 };

const isOperator = (token: string): token is BinaryOperator => Object.hasOwn(PRECEDENCE, token);

const TOKEN = /\s*(?:('(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|(%resource|\$this|[A-Za-z_]\w*)|(!=|[().,[\]|=]))/y;

/** @throws {UnsupportedExpression} */
export function parseExpression(text: string): PathExpression {
  const tokens = tokenize(text);
  let at = 0;
  const parsed = expression(0);
  if (at < tokens.length) throw unsupported();
  return parsed;

  function unsupported(): UnsupportedExpression {
    return new UnsupportedExpression(`not supported at "${tokens[at] ?? 'the end'}": ${text}`);
  }
  function take(token: string): void {
    if (tokens[at] !== token) throw unsupported();
    at++;
  }
  function identifier(): string {
    const token = tokens[at] ?? '';
    if (!/^[A-Za-z_]/.test(token)) throw unsupported();
    at++;
    return token;
  }

  function expression(least: number): PathExpression {
    let left = path();
    for (;;) {
      const operator = tokens[at] ?? '';
      if (!isOperator(operator)) return left;
      const precedence = PRECEDENCE[operator];
      if (precedence <= least) return left;
      at++;
      if (operator === 'is' || operator === 'as') left = { op: operator, of: left, type: identifier() };
      else left = { op: operator === '|' ? 'union' : operator, left, right: expression(precedence) };
    }
  }

  function path(): PathExpression {
    let node = first();
    for (;;) {
      if (tokens[at] === '.') {
        at++;
        node = step(node);
      } else if (tokens[at] === '[') {
        at++;
        node = { op: 'index', of: node, index: Number(tokens[at++]) };
        take(']');
      } else return node;
    }
  }

  function first(): PathExpression {
    const token = tokens[at] ?? '';
    if (token === '(') {
      at++;
      const inner = expression(0);
      take(')');
      return inner;
    }
    if (token.startsWith("'")) return literal(token.slice(1, -1).replace(/\\(.)/g, '$1'));
    if (/^\d/.test(token)) return literal(Number(token));
    if (token === 'true' || token === 'false') return literal(token === 'true');
    if (token === '%resource') return atom({ op: 'resource' });
    if (token === '$this' || /^[A-Z]/.test(token)) return atom({ op: 'focus' });
    return step({ op: 'focus' });
  }
  function atom(node: PathExpression): PathExpression {
    at++;
    return node;
  }
  function literal(value: string | number | boolean): PathExpression {
    return atom({ op: 'literal', value });
  }

  function step(of: PathExpression): PathExpression {
    const name = identifier();
    if (tokens[at] !== '(') return { op: 'member', of, name };
    at++;
    const node = call(of, name);
    take(')');
    return node;
  }
  function call(of: PathExpression, name: string): PathExpression {
    switch (name) {
      case 'as':
      case 'ofType':
        return { op: 'as', of, type: identifier() };
      case 'is':
        return { op: 'is', of, type: identifier() };
      case 'where':
        return { op: 'where', of, criteria: expression(0) };
      case 'extension':
        return { op: 'where', of: { op: 'member', of, name: 'extension' }, criteria: { op: '=', left: { op: 'member', of: { op: 'focus' }, name: 'url' }, right: expression(0) } };
      case 'first':
        return { op: 'index', of, index: 0 };
      case 'last':
        return { op: 'index', of, index: -1 };
      case 'exists':
      case 'resolve':
      case 'not':
        return { op: name, of };
      default:
        throw new UnsupportedExpression(`the function ${name}() is not supported: ${text}`);
    }
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new UnsupportedExpression(`not supported at "${text.slice(from, from + 12)}": ${text}`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return tokens;
}
