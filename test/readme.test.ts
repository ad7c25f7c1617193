import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settings } from '../src/config.js';
import { inProject } from '../src/root.js';

/** README.md as a user meets it: its commands run against the server it starts, and answer what it shows. */
const readme = readFileSync(inProject('README.md'), 'utf8');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.log('skipped: the README\'s curl commands, since curl is not on this machine');

interface Example {
  readonly command: string;
  readonly answer: unknown;
}

const examples: Example[] = [...readme.matchAll(/```sh\n(curl [\s\S]*?)\n```(?:\s*```json\n([\s\S]*?)\n```)?/g)].map(([, command = '', answer]) => ({
  command,
  answer: answer === undefined ? undefined : JSON.parse(answer),
}));

describe('CONTRIBUTING.md', () => {
  it('names every size of the tests, with the files that read it', () => {
    const contributing = readFileSync(inProject('CONTRIBUTING.md'), 'utf8');
    const readers = readdirSync(inProject('test'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => `test/${file}`).flatMap((file) => [...readFileSync(inProject(file), 'utf8').matchAll(/process\.env\['(COBALT_TEST_\w+)'\] \?\?/g)].map(([, name = '']) => ({ name, file })));
    expect(readers.length).toBeGreaterThan(10);
    for (const { name, file } of readers) expect(contributing.split('\n').some((line) => line.startsWith('|') && line.includes(`\`${name}`) && line.includes(`\`${file}\``)), `${name} ${file}`).toBe(true);
  });
});

describe('README.md', () => {
  it('is under 250 lines', () => expect(readme.split('\n').length).toBeLessThan(250));

  it('lists every setting with its default and meaning', () => {
    for (const [name, { shownDefault, meaning }] of Object.entries(settings)) expect(readme).toContain(`| \`${name}\` | ${shownDefault} | ${meaning} |`);
  });

  it('lists every operation that there is, and each once', async () => {
    const { loadOperations } = await import('../operations/index.js');
    const forms = new Set(loadOperations().operations.map(({ definition }) => definition.code));
    for (const code of forms) expect(readme.match(new RegExp(`^\\| \`\\$${code}\` \\|`, 'gm'))).toHaveLength(1);
  });

  it('names only files that exist', () => {
    for (const [, path = ''] of readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)) expect(existsSync(inProject(path)), path).toBe(true);
  });

  it('has the main job by curl', () => expect(examples.filter((example) => example.answer !== undefined).length).toBeGreaterThanOrEqual(3));
});

describe.runIf(hasCurl)('the commands of README.md and of the start, after `npm start`', () => {
  let server: ChildProcess;
  let printed = '';
  let origin = '';
  const data = mkdtempSync(join(tmpdir(), 'cobalt-readme-'));

  beforeAll(async () => {
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COBALT_') && !['HOST', 'PORT', 'NODE_ENV'].includes(name)));
    server = spawn('npm', ['start'], { cwd: inProject(), env: { ...environment, PORT: '0', COBALT_DATA: data }, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    await new Promise<void>((ready, failed) => {
      server.once('exit', () => failed(new Error(`the server stopped:\n${printed}`)));
      server.stdout?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (startCommands().length >= 3) ready();
      });
    });
    origin = new URL(/http:\/\/\S+\/fhir/.exec(printed)?.[0] ?? '').origin;
  }, 180_000);

  /** As Ctrl-C does: to npm and to what it runs. The output ends when the last of them has. */
  afterAll(async () => {
    const ended = new Promise((done) => server.once('close', done));
    process.kill(-(server.pid ?? NaN), 'SIGINT');
    await ended;
    rmSync(data, { recursive: true, force: true });
  });

  const startCommands = (): string[] => printed.split('\n').map((line) => line.trim()).filter((line) => line.startsWith('curl '));

  const run = async (command: string): Promise<unknown> => {
    const { stdout } = await promisify(execFile)('bash', ['-c', command.replaceAll('http://127.0.0.1:8080', origin)]);
    return JSON.parse(stdout);
  };

  it('prints three curl lines at the start, and each answers', async () => {
    expect(startCommands()).toHaveLength(3);
    for (const command of startCommands()) expect(await run(command), command).not.toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it.each(examples)('$command', async ({ command, answer }) => {
    const actual = await run(command);
    if (answer !== undefined) expect(missing(actual, answer, 'answer')).toEqual([]);
  });
});

/** Where `actual` lacks what `shown` shows. Arrays may hold more than is shown, in the same order. */
function missing(actual: unknown, shown: unknown, path: string): string[] {
  if (Array.isArray(shown)) {
    let from = 0;
    return shown.flatMap((one, index) => {
      const list = Array.isArray(actual) ? actual.slice(from) : [];
      const found = list.findIndex((candidate) => missing(candidate, one, '').length === 0);
      if (found < 0) return [`${path}[${index}]: ${JSON.stringify(one)}`];
      from += found + 1;
      return [];
    });
  }
  if (typeof shown === 'object' && shown !== null) {
    return Object.entries(shown).flatMap(([key, value]) => missing((actual as Record<string, unknown> | undefined)?.[key], value, `${path}.${key}`));
  }
  return actual === shown ? [] : [`${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(shown)}`];
}
