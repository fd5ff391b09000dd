/**
 * What the statements that are no queries are called and do, by the kind of their node. A statement that is not in
 * one of these tables, nor in `walk-utility.ts` by name, is unknown.
 */
import { type Body, textOf } from './ast.ts';

const OBJECT_WORDS: Readonly<Record<string, string>> = {
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_FDW: 'FOREIGN DATA WRAPPER',
  OBJECT_FOREIGN_SERVER: 'SERVER',
  OBJECT_TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  OBJECT_TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  OBJECT_TSPARSER: 'TEXT SEARCH PARSER',
  OBJECT_TSTEMPLATE: 'TEXT SEARCH TEMPLATE',
  OBJECT_STATISTIC_EXT: 'STATISTICS',
  OBJECT_OPCLASS: 'OPERATOR CLASS',
  OBJECT_OPFAMILY: 'OPERATOR FAMILY',
  OBJECT_TABCONSTRAINT: 'TABLE',
  OBJECT_DOMCONSTRAINT: 'DOMAIN',
  OBJECT_LARGEOBJECT: 'LARGE OBJECT',
  OBJECT_ATTRIBUTE: 'TYPE',
  OBJECT_COLUMN: 'TABLE',
};

/** `TABLE`, `MATERIALIZED VIEW` … of an ObjectType. */
export function objectWords(value: unknown): string {
  const type = textOf(value) ?? '';
  return OBJECT_WORDS[type] ?? type.replace(/^OBJECT_/, '').replaceAll('_', ' ');
}

type Verb = string | ((body: Body) => string);

const alter =
  (key: string): Verb =>
  (body) =>
    `ALTER ${objectWords(body[key])}`;

/** They define or alter objects, roles or settings of the server. */
export const DEFINITIONS: Readonly<Record<string, Verb>> = {
  CreateSchemaStmt: 'CREATE SCHEMA',
  AlterTableStmt: alter('objtype'),
  AlterCollationStmt: 'ALTER COLLATION',
  AlterDomainStmt: 'ALTER DOMAIN',
  GrantStmt: (body) => (body['is_grant'] === true ? 'GRANT' : 'REVOKE'),
  GrantRoleStmt: (body) => (body['is_grant'] === true ? 'GRANT' : 'REVOKE'),
  AlterDefaultPrivilegesStmt: 'ALTER DEFAULT PRIVILEGES',
  CreateStmt: 'CREATE TABLE',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  AlterTableSpaceOptionsStmt: 'ALTER TABLESPACE',
  AlterTableMoveAllStmt: alter('objtype'),
  CreateExtensionStmt: 'CREATE EXTENSION',
  AlterExtensionStmt: 'ALTER EXTENSION',
  AlterExtensionContentsStmt: 'ALTER EXTENSION',
  CreateFdwStmt: 'CREATE FOREIGN DATA WRAPPER',
  AlterFdwStmt: 'ALTER FOREIGN DATA WRAPPER',
  CreateForeignServerStmt: 'CREATE SERVER',
  AlterForeignServerStmt: 'ALTER SERVER',
  CreateForeignTableStmt: 'CREATE FOREIGN TABLE',
  CreateUserMappingStmt: 'CREATE USER MAPPING',
  AlterUserMappingStmt: 'ALTER USER MAPPING',
  DropUserMappingStmt: 'DROP USER MAPPING',
  ImportForeignSchemaStmt: 'IMPORT FOREIGN SCHEMA',
  CreatePolicyStmt: 'CREATE POLICY',
  AlterPolicyStmt: 'ALTER POLICY',
  CreateAmStmt: 'CREATE ACCESS METHOD',
  CreateTrigStmt: 'CREATE TRIGGER',
  CreateEventTrigStmt: 'CREATE EVENT TRIGGER',
  AlterEventTrigStmt: 'ALTER EVENT TRIGGER',
  CreatePLangStmt: 'CREATE LANGUAGE',
  CreateRoleStmt: 'CREATE ROLE',
  AlterRoleStmt: 'ALTER ROLE',
  AlterRoleSetStmt: 'ALTER ROLE',
  DropRoleStmt: 'DROP ROLE',
  CreateSeqStmt: 'CREATE SEQUENCE',
  AlterSeqStmt: 'ALTER SEQUENCE',
  DefineStmt: (body) => `CREATE ${objectWords(body['kind'])}`,
  CreateDomainStmt: 'CREATE DOMAIN',
  CreateOpClassStmt: 'CREATE OPERATOR CLASS',
  CreateOpFamilyStmt: 'CREATE OPERATOR FAMILY',
  AlterOpFamilyStmt: 'ALTER OPERATOR FAMILY',
  DropStmt: (body) => `DROP ${objectWords(body['removeType'])}`,
  CommentStmt: 'COMMENT',
  SecLabelStmt: 'SECURITY LABEL',
  IndexStmt: 'CREATE INDEX',
  CreateStatsStmt: 'CREATE STATISTICS',
  AlterStatsStmt: 'ALTER STATISTICS',
  CreateFunctionStmt: (body) => (body['is_procedure'] === true ? 'CREATE PROCEDURE' : 'CREATE FUNCTION'),
  AlterFunctionStmt: alter('objtype'),
  RenameStmt: (body) =>
    `ALTER ${objectWords(body['renameType'] === 'OBJECT_COLUMN' ? body['relationType'] : body['renameType'])}`,
  AlterObjectDependsStmt: alter('objectType'),
  AlterObjectSchemaStmt: alter('objectType'),
  AlterOwnerStmt: alter('objectType'),
  AlterOperatorStmt: 'ALTER OPERATOR',
  AlterTypeStmt: 'ALTER TYPE',
  RuleStmt: 'CREATE RULE',
  CompositeTypeStmt: 'CREATE TYPE',
  CreateEnumStmt: 'CREATE TYPE',
  CreateRangeStmt: 'CREATE TYPE',
  AlterEnumStmt: 'ALTER TYPE',
  ViewStmt: 'CREATE VIEW',
  CreatedbStmt: 'CREATE DATABASE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  DropdbStmt: 'DROP DATABASE',
  AlterSystemStmt: 'ALTER SYSTEM',
  CreateConversionStmt: 'CREATE CONVERSION',
  CreateCastStmt: 'CREATE CAST',
  CreateTransformStmt: 'CREATE TRANSFORM',
  DropOwnedStmt: 'DROP OWNED',
  ReassignOwnedStmt: 'REASSIGN OWNED',
  AlterTSDictionaryStmt: 'ALTER TEXT SEARCH DICTIONARY',
  AlterTSConfigurationStmt: 'ALTER TEXT SEARCH CONFIGURATION',
  CreatePublicationStmt: 'CREATE PUBLICATION',
  AlterPublicationStmt: 'ALTER PUBLICATION',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  AlterSubscriptionStmt: 'ALTER SUBSCRIPTION',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
};

/** They act on what there is and define nothing. */
export const MAINTENANCE: Readonly<Record<string, Verb>> = {
  TruncateStmt: 'TRUNCATE',
  ClusterStmt: 'CLUSTER',
  VacuumStmt: (body) => (body['is_vacuumcmd'] === true ? 'VACUUM' : 'ANALYZE'),
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  ReindexStmt: 'REINDEX',
  LockStmt: 'LOCK',
  CheckPointStmt: 'CHECKPOINT',
  LoadStmt: 'LOAD',
  NotifyStmt: 'NOTIFY',
};

/** They concern the session or transaction alone, and read or write no object. */
export const SESSION: Readonly<Record<string, Verb>> = {
  VariableShowStmt: 'SHOW',
  ListenStmt: 'LISTEN',
  UnlistenStmt: 'UNLISTEN',
  ConstraintsSetStmt: 'SET CONSTRAINTS',
  DiscardStmt: 'DISCARD',
  ClosePortalStmt: 'CLOSE',
  FetchStmt: (body) => (body['ismove'] === true ? 'MOVE' : 'FETCH'),
  DeallocateStmt: 'DEALLOCATE',
};

export const TRANSACTIONS: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'BEGIN',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

/** Marks by kind. */
export const KIND_TRAITS: Readonly<Record<string, readonly string[]>> = {
  ListenStmt: ['listen_notify'],
  UnlistenStmt: ['listen_notify'],
  NotifyStmt: ['listen_notify'],
  FetchStmt: ['cursor'],
  ClosePortalStmt: ['cursor'],
  DeclareCursorStmt: ['cursor'],
  PrepareStmt: ['prepared'],
  ExecuteStmt: ['prepared'],
  DeallocateStmt: ['prepared'],
  LoadStmt: ['load_library', 'file_access'],
  CreateFunctionStmt: ['function_body'],
  CreateUserMappingStmt: ['network_access'],
  CreateForeignServerStmt: ['network_access'],
  AlterForeignServerStmt: ['network_access'],
  CreateSubscriptionStmt: ['network_access'],
  AlterSubscriptionStmt: ['network_access'],
  ImportForeignSchemaStmt: ['network_access'],
  CreateTableSpaceStmt: ['file_access'],
  GrantRoleStmt: ['grant_role'],
  DiscardStmt: ['discard'],
};

export const verbOf = (verb: Verb, body: Body): string => (typeof verb === 'string' ? verb : verb(body));
