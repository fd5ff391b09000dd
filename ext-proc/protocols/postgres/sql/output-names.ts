/**
 * The names that a target list gives to its columns where it does not say: PostgreSQL's parse_target.c
 * FigureColname. They matter because a name in an outer query may be one of these and no table's column.
 */
import { type Body, bodyOf, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import { columnParts } from './walk-expression.ts';

const UNNAMED = '?column?';

/** The name, or undefined where it is that of a subquery's column behind a `*`. */
export function outputName(value: unknown): string | undefined {
  const figured = figure(value);
  return figured === undefined ? UNNAMED : figured.name;
}

interface Figured {
  readonly name: string | undefined;
  /** A cast or CASE gives a name only where nothing inside gives a better one. */
  readonly strong: boolean;
}

const NAMED_BY_KIND: Readonly<Record<string, string>> = {
  CoalesceExpr: 'coalesce',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
};
const NAMED_BY_OPERATION: Readonly<Record<string, string>> = {
  IS_GREATEST: 'greatest',
  IS_LEAST: 'least',
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
};

function figure(value: unknown): Figured | undefined {
  const node = nodeOf(value);
  if (node === undefined) return undefined;
  const { kind, body } = node;
  switch (kind) {
    case 'ColumnRef': {
      const { parts, star } = columnParts(body);
      return star || parts.length === 0 ? undefined : { name: parts.at(-1) as string, strong: true };
    }
    case 'A_Indirection': {
      const name = namesOf(body['indirection']).at(-1);
      return name === undefined ? figure(body['arg']) : { name, strong: true };
    }
    case 'FuncCall':
      return { name: namesOf(body['funcname']).at(-1) ?? UNNAMED, strong: true };
    case 'A_Expr':
      return body['kind'] === 'AEXPR_NULLIF' ? { name: 'nullif', strong: true } : undefined;
    case 'TypeCast': {
      const inside = figure(body['arg']);
      if (inside?.strong === true) return inside;
      const name = namesOf(bodyOf(body['typeName'])?.['names']).at(-1);
      return name === undefined ? inside : { name, strong: false };
    }
    case 'CollateClause':
      return figure(body['arg']);
    case 'SubLink': {
      if (body['subLinkType'] === 'EXISTS_SUBLINK') return { name: 'exists', strong: true };
      if (body['subLinkType'] === 'ARRAY_SUBLINK') return { name: 'array', strong: true };
      if (body['subLinkType'] !== 'EXPR_SUBLINK') return undefined;
      return { name: firstName(bodyOf(body['subselect'], 'SelectStmt')), strong: true };
    }
    case 'CaseExpr': {
      const inside = figure(body['defresult']);
      return inside?.strong === true ? inside : { name: 'case', strong: false };
    }
    case 'MinMaxExpr':
    case 'XmlExpr':
    case 'JsonFuncExpr':
    case 'SQLValueFunction': {
      const name = NAMED_BY_OPERATION[textOf(body['op']) ?? ''];
      return name === undefined ? undefined : { name, strong: true };
    }
    default: {
      const name = NAMED_BY_KIND[kind];
      return name === undefined ? undefined : { name, strong: true };
    }
  }
}

/** The name of a query's first column, as its target list then has it; undefined where that is behind a `*`. */
function firstName(select: Body | undefined): string | undefined {
  let first = select;
  while (first?.['op'] !== undefined && first['op'] !== 'SETOP_NONE') first = bodyOf(first['larg']);
  if (first?.['valuesLists'] !== undefined) return 'column1';
  const target = bodyOf(listOf(first?.['targetList'])[0]);
  const name = textOf(target?.['name']);
  if (name !== undefined) return name;
  const value = nodeOf(target?.['val']);
  if (value?.kind === 'ColumnRef' && columnParts(value.body).star) return undefined;
  // `(x).*` is a star too.
  if (value?.kind === 'A_Indirection' && nodeOf(listOf(value.body['indirection']).at(-1))?.kind === 'A_Star')
    return undefined;
  const figured = figure(target?.['val']);
  return figured === undefined ? UNNAMED : figured.name;
}
