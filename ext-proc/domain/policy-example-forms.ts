/** Whether what stands in a rule's example has a form. Pure. */
export type Form = (value: unknown) => boolean;

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isFlag = (value: unknown): boolean => typeof value === 'boolean';
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isListOf =
  (accepts: Form): Form =>
  (value) =>
    Array.isArray(value) && value.every(accepts);
export const isMapOf =
  (accepts: Form): Form =>
  (value) =>
    isRecord(value) && Object.values(value).every(accepts);

/** The first member that is none of these, or has another form; undefined where there is none. */
export const otherMember = (
  value: Readonly<Record<string, unknown>>,
  forms: Readonly<Record<string, Form>>,
): string | undefined =>
  Object.keys(value).find((key) => !Object.hasOwn(forms, key) || forms[key]?.(value[key]) !== true);

/** A record with text in `required`, and nothing beside `required` and `others`. */
export const isObject =
  (required: string, others: Readonly<Record<string, Form>>): Form =>
  (value) =>
    isRecord(value) &&
    isText(value[required]) &&
    otherMember(value, { ...others, [required]: isText }) === undefined;
