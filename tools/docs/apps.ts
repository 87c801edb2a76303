export { type AppName, appNames as APPS } from '@stagedoor/contracts';
