import { describe, expect, it } from 'vitest';
import { pathTemplates } from './path-templates.ts';

describe('path templates', () => {
  const templates = pathTemplates([
    '/people/me',
    '/people/{id}',
    '/people/{id}/orders/{order}',
    '/',
    '/v1/{x}/',
  ]);
  it.each([
    ['/people/7', '/people/{id}', { id: '7' }],
    ['/people/7/', '/people/{id}', { id: '7' }],
    ['/people/me', '/people/me', {}],
    ['/people/{id}', '/people/{id}', { id: '{id}' }],
    ['/people/a b', '/people/{id}', { id: 'a b' }],
    ['/people/7/orders/9', '/people/{id}/orders/{order}', { id: '7', order: '9' }],
    ['/', '/', {}],
    ['/v1/a', '/v1/{x}/', { x: 'a' }],
  ])('%s fits %s', (path, template, parameters) => {
    expect(templates.match(path)).toEqual({ template, parameters });
  });

  it.each(['/people', '/People/7', '/people/7/orders', '/people/7/orders/9/x', '/other'])(
    '%s fits none',
    (path) => {
      expect(templates.match(path)).toBeUndefined();
    },
  );

  it('the first that fits is taken', () => {
    expect(pathTemplates(['/{a}', '/{b}']).match('/x')).toEqual({ template: '/{a}', parameters: { a: 'x' } });
    expect(pathTemplates([]).match('/')).toBeUndefined();
  });
});
