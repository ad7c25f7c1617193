import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeGenerated } from '../../src/build/output.js';
import { hashOf, readStamps } from '../../src/build/stamp.js';
import { inProject } from '../../src/root.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cobalt-build-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the stamp of a generator', () => {
  it('changes with the content of any input and with their order, not with time', () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    writeFileSync(a, '1');
    writeFileSync(b, '2');
    const before = hashOf([a, b]);
    writeFileSync(a, '1');
    expect(hashOf([a, b])).toBe(before);
    expect(hashOf([b, a])).not.toBe(before);
    writeFileSync(b, '3');
    expect(hashOf([a, b])).not.toBe(before);
  });

  it('takes a missing input for empty, and a broken stamp file for none', () => {
    const stamps = join(folder, 'stamps.json');
    expect(hashOf([join(folder, 'missing')])).toMatch(/^[0-9a-f]{64}$/);
    expect(readStamps(stamps)).toEqual({});
    writeFileSync(stamps, '{');
    expect(readStamps(stamps)).toEqual({});
  });
});

it('a generated file replaces the one before and leaves nothing else', () => {
  writeGenerated(folder, 'x.json', '1');
  writeGenerated(folder, 'x.json', '2');
  expect(readdirSync(folder)).toEqual(['x.json']);
  expect(readFileSync(join(folder, 'x.json'), 'utf8')).toBe('2');
});

it('a build with nothing new makes nothing', () => {
  expect(execFileSync('node', [inProject('dist', 'src', 'build', 'build.js')], { encoding: 'utf8' })).toBe('');
});

it('the generated validators need no other module', () => {
  const code = readFileSync(inProject('dist', 'generated', 'validators.js'), 'utf8');
  expect(code).not.toMatch(/\brequire\(|^import\b|vErrors\.concat/m);
});
