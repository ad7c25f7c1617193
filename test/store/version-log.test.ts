import { versionLogContract } from './contract/version-log.js';
import { newFolder } from './places.js';

versionLogContract('The SQLite store', newFolder);
