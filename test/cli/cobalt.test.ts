import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { MIGRATION } from '../../src/store/migration/mark.js';
import { commitOne, put } from '../store/contract/harness.js';
import { newFolder, places, withLog, withStore } from '../store/places.js';
import type { Place } from '../store/places.js';
import { migrationProcess } from './migration.js';
import { cobalt } from './run.js';

const folderOf = ({ text }: Place): string => text.replace('sqlite:', '');

describe('cobalt', () => {
  const folder = places(newFolder);

  it.each([['--help'], ['migrate', '--help'], ['start', '--help']])('%s says what there is', async (...words) => {
    const { code, output, errors } = await cobalt(words).ended;
    expect([code, errors]).toEqual([0, '']);
    for (const part of ['cobalt backup --from STORE --to STORE', 'cobalt restore --from STORE --to STORE', 'cobalt verify --store STORE', 'cobalt doctor', 'cobalt start', 'cobalt migrate --from STORE --to STORE', 'mongodb://', '73']) expect(output).toContain(part);
  });

  it('--version says which it is', async () => {
    const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
    expect(await cobalt(['--version']).ended).toEqual({ code: 0, output: `${version}\n`, errors: '' });
  });

  it.each<[words: string[], sentence: string]>([
    [[], 'cobalt needs a command.'],
    [['serve'], 'This is not a command of cobalt.'],
    [['__proto__'], 'This is not a command of cobalt.'],
    [['start', 'now'], 'cobalt start takes nothing'],
    [['migrate'], 'cobalt migrate needs --from STORE and --to STORE.'],
    [['migrate', '--from', 'sqlite:/tmp/a'], 'cobalt migrate needs --from STORE and --to STORE.'],
    [['migrate', '--from', 'sqlite:/tmp/a', '--to', 'sqlite:/tmp/../tmp/a'], '--from and --to name the same store.'],
    [['migrate', '--from', 'sqlite:', '--to', 'sqlite:/tmp/a'], '--from must be sqlite:FOLDER'],
    [['migrate', '--from', 'sqlite:/tmp/a', '--to', 'mongo://user:hidden@host'], '--to must be sqlite:FOLDER'],
    [['backup', '--from', 'sqlite:/tmp/a'], 'cobalt backup needs --from STORE and --to STORE.'],
    [['restore', '--from', 'mongodb://user:hidden@host/a', '--to', 'sqlite:/tmp/a'], '--from must be sqlite:FOLDER'],
    [['verify', 'sqlite:/tmp/a'], 'cobalt verify takes --store STORE, and nothing else.'],
    [['migrate', '--fro', 'mongodb://user:hidden@host'], 'and nothing else.'],
  ])('refuses %j with 64, shows what there is and no password', async (words, sentence) => {
    const { code, output, errors } = await cobalt(words).ended;
    expect([code, output]).toEqual([64, '']);
    expect(errors).toContain(sentence);
    expect(errors).toContain('cobalt migrate --from STORE --to STORE');
    expect(errors).not.toContain('hidden');
  });

  it('start serves, as the environment says, and refuses what it does not know', async () => {
    const environment = { COBALT_DATA: folderOf(await folder()), COBALT_SEED: 'none', PORT: '0' };
    const { code, output } = await cobalt(['start'], { environment, onOutput: (printed, running) => (printed.includes('asks for no token') ? running.kill('SIGTERM') : undefined) }).ended;
    expect([code, output]).toEqual([0, expect.stringContaining('Cobalt serves FHIR R4 at http://127.0.0.1:')]);
    expect(await cobalt(['start'], { environment: { COBALT_DTA: 'x' } }).ended).toMatchObject({ code: 78, errors: expect.stringContaining('COBALT_DTA') });
  });

  it('migrate ends with what went wrong', async () => {
    const [from, empty, used, damaged] = [await folder(), await folder(), await folder(), await folder()];
    await withStore(from, (store) => commitOne(store, put('Patient', 'a')));
    await withStore(used, (store) => commitOne(store, put('Patient', 'b')));
    await withStore(damaged, (store) => commitOne(store, put('Patient', 'Lindqvist', { body: ['not JSON: Lindqvist'] })));
    const migrate = (a: string, b: string, environment = {}): Promise<unknown> => cobalt(['migrate', '--from', a, '--to', b], { environment }).ended;
    expect(await migrate(`${empty.text}/none`, empty.text)).toMatchObject({ code: 69, errors: expect.stringMatching(/^There is no store in .*\n$/) });
    expect(await migrate(from.text, used.text)).toMatchObject({ code: 73, errors: 'The target holds data already. Name one that is empty.\n' });
    expect(await migrate(damaged.text, empty.text)).toMatchObject({ code: 65, errors: 'The source holds a Patient whose text cannot be read.\n' });
    expect(await migrate(from.text, empty.text)).toMatchObject({ code: 73, errors: 'The target holds a copy of another store. Name one that is empty.\n' });
    expect(await migrate(from.text, (await folder()).text, { COBALT_BASE_URL: 'nonsense' })).toMatchObject({ code: 78 });
    await withStore(from, async () => {
      expect(await migrate(from.text, (await folder()).text)).toMatchObject({ code: 69, errors: expect.stringContaining('open') });
    });
  });

  it('start refuses a copy that was not finished', async () => {
    const place = await folder();
    await withLog(place, (log) => log.append([], new Map([[MIGRATION, '{"source":"x","done":false}']])));
    const environment = { COBALT_DATA: folderOf(place), PORT: '0' };
    expect(await cobalt(['start'], { environment }).ended).toMatchObject({ code: 69, output: '', errors: expect.stringContaining('cobalt migrate') });
  });
});

migrationProcess('from one embedded store to another', newFolder, newFolder);
