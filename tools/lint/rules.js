/**
 * The house rules that need more than a selector. Each message says what to do instead.
 * @type {Record<string, import('eslint').Rule.RuleModule>}
 */
export const rules = {
  'ignored-format': {
    meta: {
      type: 'layout',
      schema: [],
      messages: {
        misplaced:
          'prettier-ignore stands only directly above a table or a matrix: an array or object literal in a declaration, or a switch over literals. Remove it and let Prettier format this.',
      },
    },
    create: ({ sourceCode, report }) => ({
      Program() {
        for (const comment of sourceCode.getAllComments()) {
          if (comment.value.trim() !== 'prettier-ignore') continue;
          const token = sourceCode.getTokenAfter(comment);
          const isAbove = token?.loc.start.line === comment.loc.end.line + 1;
          if (!isAbove || !isTable(statementAt(sourceCode, token)))
            report({ loc: comment.loc, messageId: 'misplaced' });
        }
      },
    }),
  },
  'file-length': {
    meta: {
      type: 'suggestion',
      schema: [{ type: 'integer', minimum: 1 }],
      messages: {
        long: 'The file has {{lines}} lines; {{most}} are the most. Give one of its jobs a file of its own, named after that job.',
      },
    },
    create: ({ sourceCode, options: [most], report }) => ({
      'Program:exit'(node) {
        const lines = sourceCode.lines.length - (sourceCode.lines.at(-1) === '' ? 1 : 0);
        if (lines > most) report({ node, messageId: 'long', data: { lines, most } });
      },
    }),
  },
  docstring: {
    meta: {
      type: 'suggestion',
      schema: [],
      messages: {
        missing:
          '{{name}} is exported without a docstring. Say above it, in /** */, what it gives; with shapes, units and coordinate system where it has them, and its errors.',
      },
    },
    create: ({ sourceCode, report }) => ({
      ExportNamedDeclaration(node) {
        const name = functionName(node.declaration);
        if (name === undefined) return;
        const above = sourceCode.getCommentsBefore(node).at(-1);
        const isDocstring = above?.type === 'Block' && above.value.startsWith('*');
        // Of overloads, the first one is described.
        const before = node.parent.body[node.parent.body.indexOf(node) - 1];
        if (isDocstring || functionName(before?.declaration) === name) return;
        report({ node: node.declaration, messageId: 'missing', data: { name } });
      },
    }),
  },
};

/** The outermost node that begins with a token. */
function statementAt(sourceCode, token) {
  let node = sourceCode.getNodeByRangeIndex(token.range[0]);
  while (node.parent && node.parent.type !== 'Program' && node.parent.range[0] === token.range[0])
    node = node.parent;
  return node;
}

function isTable(node) {
  if (node.type === 'ExportNamedDeclaration') return node.declaration && isTable(node.declaration);
  if (node.type === 'SwitchStatement')
    return node.cases.every(({ test }) => test === null || test.type === 'Literal');
  return (
    node.type === 'VariableDeclaration' &&
    node.declarations.every(
      ({ id, init }) => id.type === 'ArrayPattern' || (init && isLiteralTable(plain(init))),
    )
  );
}

const isLiteralTable = (node) =>
  node.type === 'ArrayExpression' ||
  (node.type === 'ObjectExpression' &&
    node.properties.every(({ value }) => value && isCell(plain(value))));

const isCell = (node) =>
  node.type === 'Literal' || node.type === 'UnaryExpression' || node.type === 'ArrayExpression';

/** An expression without `as` and `satisfies`. */
const plain = (node) => (/^TS(As|Satisfies)/.test(node.type) ? plain(node.expression) : node);

function functionName(declaration) {
  if (declaration?.type === 'FunctionDeclaration' || declaration?.type === 'TSDeclareFunction')
    return declaration.id.name;
  if (declaration?.type !== 'VariableDeclaration') return undefined;
  return declaration.declarations.find(({ init }) =>
    /^(Arrow)?FunctionExpression$/.test(init?.type ?? ''),
  )?.id.name;
}
