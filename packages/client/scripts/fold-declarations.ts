/**
 * Folds the built declarations: `node scripts/fold-declarations.ts`, after tsdown. The bundler indents every
 * field on a line of its own; here types have no space that only a reader of the file would see (editors
 * print types their own way), and comments stay on what users can name or reach.
 */
import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";

const longestLine = 110;

const fold = (source: string): string => {
  const file = ts.createSourceFile("index.d.ts", source, ts.ScriptTarget.Latest, true);
  const exported = exportedNames(file);
  const statements = file.statements
    .filter((statement) => !ts.isExportDeclaration(statement))
    .map((statement) => {
      if (!exported.has(nameOf(statement))) return formatNode(statement);
      return `${commentOf(statement)}export ${formatNode(statement)}`;
    });
  // Without any export list, a declaration file exports everything that it declares.
  return [...statements, "export {};", ""].join("\n");
};

const exportedNames = (file: ts.SourceFile): Set<string> => {
  const clauses = file.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) ? (statement.exportClause ?? []) : [],
  );
  const exported = clauses.flatMap((clause) => (ts.isNamedExports(clause) ? [...clause.elements] : []));
  const renamed = exported.find(({ propertyName }) => propertyName);
  if (renamed) throw new Error(`'${renamed.getText()}': another type of the declarations has that name.`);
  return new Set(exported.map(({ name }) => name.text));
};

const nameOf = (statement: ts.Statement): string => {
  const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
  return declared ? (ts.getNameOfDeclaration(declared as ts.Declaration)?.getText() ?? "") : "";
};

/** The comment that an editor shows for a declaration: the last one before it. It needs a line of its own. */
const commentOf = (node: ts.Node): string => {
  const before = node.getFullText().slice(0, node.getStart() - node.getFullStart());
  const comment = before.match(/\/\*\*.*?\*\//gs)?.at(-1);
  return comment ? `${comment.replace(/\n\s*/g, "\n ")}\n` : "";
};

const formatNode = (node: ts.Node): string => {
  if (ts.isTypeLiteralNode(node)) return formatMembers(node.members);
  if (ts.isClassDeclaration(node)) return formatClass(node);
  return formatParts(node, node.end);
};

const formatClass = (node: ts.ClassDeclaration): string =>
  formatParts(node, node.members.pos).replace(/{$/, "") + formatMembers(node.members);

/** What stands between the parts of a node, and the parts, up to a position. A word is its own text. */
const formatParts = (node: ts.Node, end: number): string => {
  const source = node.getSourceFile().text;
  let written = "";
  let position = node.getStart();
  ts.forEachChild(node, (child) => {
    if (child.end > end) return;
    written += withoutSpace(source.slice(position, child.getStart())) + formatNode(child);
    position = child.end;
  });
  if (position === node.getStart()) return node.getText();
  return written + withoutSpace(source.slice(position, end));
};

const withoutSpace = (between: string): string =>
  between.replace(/\s+/g, " ").replace(/ ?([^\w ]+) ?/g, "$1");

const formatMembers = (members: ts.NodeArray<ts.Node>): string => {
  const written = members.map((member) => commentOf(member) + formatNode(member).replace(/;$/, ""));
  const line = written.join(";");
  if (line.length <= longestLine && !line.includes("\n")) return `{${line}}`;
  return `{\n${written.join("\n")}\n}`;
};

const declarations = new URL("../dist/index.d.ts", import.meta.url);
writeFileSync(declarations, fold(readFileSync(declarations, "utf8")));
