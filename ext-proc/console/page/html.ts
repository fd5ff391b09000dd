/** Markup as tagged templates. Whatever stands in one is text: nothing here ever becomes markup by itself. */
import htm from 'htm';
import { h, type VNode } from 'preact';

export type View = VNode | null;
type Template = (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

/** htm's own types are those of its CommonJS file. */
export const html = (htm as unknown as { bind(create: typeof h): Template }).bind(h);
