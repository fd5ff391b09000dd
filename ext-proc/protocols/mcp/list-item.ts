/** One entry of a list, by what names it to whoever uses it: schema.ts, Tool, Prompt, Resource, ResourceTemplate. */
import { hasLookalike, isJsonObject, memberOf } from './json-rpc.ts';
import type { ListMember } from './methods.ts';

export type ListItem =
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'prompt'; readonly name: string }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'template'; readonly uriTemplate: string };

/** Undefined where it cannot be told what the entry names: it is not shown then. */
export function readListItem(list: ListMember, value: unknown): ListItem | undefined {
  if (!isJsonObject(value) || hasLookalike(value, ['name', 'uri', 'uriTemplate'])) return undefined;
  const [name, uri, uriTemplate] = [
    memberOf(value, 'name'),
    memberOf(value, 'uri'),
    memberOf(value, 'uriTemplate'),
  ];
  switch (list) {
    case 'tools':
      return typeof name === 'string' ? { kind: 'tool', name } : undefined;
    case 'prompts':
      return typeof name === 'string' ? { kind: 'prompt', name } : undefined;
    case 'resources':
      return typeof uri === 'string' ? { kind: 'resource', uri } : undefined;
    case 'resourceTemplates':
      return typeof uriTemplate === 'string' ? { kind: 'template', uriTemplate } : undefined;
  }
}
