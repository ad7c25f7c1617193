import { readdirSync, readFileSync } from 'node:fs';
import type { CodeSystem, StructureDefinition } from 'fhir/r4.js';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Conformance } from '../../src/fhir/conformance.js';
import { ISSUE_SYSTEM } from '../../src/fhir/outcome.js';
import { INVARIANTS } from '../../src/fhir/validation/invariants.js';
import { PRIMITIVE_RULES } from '../../src/fhir/validation/primitives.js';
import { inProject } from '../../src/root.js';

const conformance = Conformance.read(inProject('profiles'));
const codeSystem = conformance.ofType('CodeSystem').find(({ url }) => url === ISSUE_SYSTEM) as CodeSystem;
const codes = new Set(codeSystem.concept?.map(({ code }) => code));

const sourcesIn = (folder: string): ts.SourceFile[] =>
  readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ts.createSourceFile(name, readFileSync(inProject(folder, name), 'utf8'), ts.ScriptTarget.Latest));

/** Functions whose third argument is the id of an issue: `errors.value(…)`, `findings.report(…)`, `#report(…)`, `failure(…)`. */
const REPORTS = /^(?:errors\.\w+|.*\breport|.*#report|failure)$/;

/** The ids of issues as the sources spell them: in calls that make issues, and in objects that are one. */
function idsIn(source: ts.SourceFile): string[] {
  const ids: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && REPORTS.test(node.expression.getText(source))) ids.push(...textsOf(node.arguments[2]));
    if (ts.isObjectLiteralExpression(node)) {
      const members = new Map(node.properties.flatMap((property) => (ts.isPropertyAssignment(property) ? [[property.name.getText(source), property.initializer]] : [])));
      const isIssue = members.has('severity') || (members.has('code') && node.properties.some((property) => property.name?.getText(source) === 'holds'));
      if (isIssue) ids.push(...textsOf(members.get('id')));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return ids;
}

const textsOf = (node: ts.Node | undefined): string[] => (node && ts.isStringLiteral(node) ? [node.text] : []);

const spelled = ['src/fhir', 'src/http', 'src/work', 'operations'].flatMap((folder) => sourcesIn(folder).flatMap(idsIn));
const ruled = [...INVARIANTS, ...Object.values(PRIMITIVE_RULES)].map(({ id }) => id);
const constraints = conformance.ofType('StructureDefinition').flatMap(({ snapshot, differential }: StructureDefinition) => (snapshot ?? differential)?.element.flatMap(({ constraint = [] }) => constraint.map(({ key }) => key)) ?? []);

describe('the CodeSystem of issues', () => {
  it('has every id that an issue may carry', () => {
    expect(spelled.length).toBeGreaterThan(40);
    expect([...new Set([...spelled, ...ruled, ...constraints])].filter((id) => !codes.has(id)).sort()).toEqual([]);
  });

  it('has no code that no issue carries', () => {
    const literals = new Set(['src', 'operations'].flatMap((folder) => sourcesIn(folder).flatMap((source) => [...source.text.matchAll(/'([A-Za-z0-9-]+)'/g)].map(([, text]) => text))));
    const stands = (code: string): boolean => literals.has(code) || literals.has(code.replace(/^next-/, ''));
    expect([...codes].filter((code) => !stands(code) && !ruled.includes(code) && !constraints.includes(code))).toEqual([]);
  });

  it('counts its codes, each once', () => {
    expect([codeSystem.count, codeSystem.content]).toEqual([codes.size, 'complete']);
    expect(codeSystem.concept).toHaveLength(codes.size);
  });
});
