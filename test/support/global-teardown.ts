import { stopTestPostgres } from './test-postgres.js';

export default stopTestPostgres;
