import { describe, expect, it, vi } from 'vitest';
import { migrationProcess } from '../../cli/migration.js';
import { migrationContract } from '../contract/migration.js';
import { versionLogContract } from '../contract/version-log.js';
import { serverUrl } from '../mongo-server.js';
import { newDatabase, newFolder } from '../places.js';

vi.setConfig({ testTimeout: 60_000 });

if (serverUrl === undefined) {
  describe('a migration to and from MongoDB', () => {
    it('is tested where COBALT_TEST_MONGODB names a server', () => expect(serverUrl).toBeUndefined());
  });
} else {
  const inMongo = newDatabase(serverUrl);
  versionLogContract('The Mongo store', inMongo);
  migrationContract('to MongoDB', newFolder, inMongo);
  migrationContract('from MongoDB', inMongo, newFolder);
  migrationProcess('to MongoDB', newFolder, inMongo);
  migrationProcess('from MongoDB', inMongo, newFolder);
}
