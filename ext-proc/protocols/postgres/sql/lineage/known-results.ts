/**
 * What is known of functions' results by name: which built-ins are aggregates, which window functions give a value that
 * is made of the window's order alone, and which functions of extensions look at no table whatever they are declared
 * as. PostgreSQL 18, tables 9.62 to 9.67, F.26 pgcrypto, F.35 pg_trgm, F.48 unaccent, F.49 uuid-ossp.
 */
const AGGREGATES = new Set([
  'any_value',
  'array_agg',
  'avg',
  'bit_and',
  'bit_or',
  'bit_xor',
  'bool_and',
  'bool_or',
  'corr',
  'count',
  'covar_pop',
  'covar_samp',
  'every',
  'json_agg',
  'json_agg_strict',
  'json_object_agg',
  'json_object_agg_strict',
  'json_object_agg_unique',
  'json_object_agg_unique_strict',
  'jsonb_agg',
  'jsonb_agg_strict',
  'jsonb_object_agg',
  'jsonb_object_agg_strict',
  'jsonb_object_agg_unique',
  'jsonb_object_agg_unique_strict',
  'max',
  'min',
  'mode',
  'percentile_cont',
  'percentile_disc',
  'range_agg',
  'range_intersect_agg',
  'regr_avgx',
  'regr_avgy',
  'regr_count',
  'regr_intercept',
  'regr_r2',
  'regr_slope',
  'regr_sxx',
  'regr_sxy',
  'regr_syy',
  'stddev',
  'stddev_pop',
  'stddev_samp',
  'string_agg',
  'sum',
  'var_pop',
  'var_samp',
  'variance',
  'xmlagg',
]);

/** Of extensions: stable or volatile, and yet what they give is made of their arguments, or of chance. */
const PURE_EXTENSION_FUNCTIONS = new Set([
  'gen_random_bytes',
  'gen_random_uuid',
  'gen_salt',
  'similarity_op',
  'word_similarity_op',
  'strict_word_similarity_op',
  'unaccent',
  'uuid_generate_v1',
  'uuid_generate_v1mc',
  'uuid_generate_v4',
]);

/** Their arguments, if any, are not what the value comes from. */
const RANKS = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile', 'count']);

export const isBuiltinAggregate = (name: string): boolean => AGGREGATES.has(name);
export const isRank = (name: string): boolean => RANKS.has(name);
export const isPureExtensionFunction = (name: string): boolean => PURE_EXTENSION_FUNCTIONS.has(name);
