export { compareShapes, type SchemaDriftOptions, schemaDrift } from './schema-drift.ts';
