import { migrationContract } from './contract/migration.js';
import { newFolder } from './places.js';

migrationContract('from one embedded store to another', newFolder, newFolder);
