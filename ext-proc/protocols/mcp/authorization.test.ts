import { describe, expect, it } from 'vitest';
import {
  challengeValue,
  metadataPaths,
  metadataUrl,
  protectedResourceMetadata,
  resourcePathOf,
} from './authorization.ts';

describe('the metadata of a protected resource', () => {
  it('is looked for with the endpoint’s path first, then at the root', () => {
    expect(metadataPaths('/team/mcp')).toEqual([
      '/.well-known/oauth-protected-resource/team/mcp',
      '/.well-known/oauth-protected-resource',
    ]);
    expect(metadataPaths('/')).toEqual(['/.well-known/oauth-protected-resource']);
    expect(metadataUrl('https://gate.example:8443/team/mcp')).toBe(
      'https://gate.example:8443/.well-known/oauth-protected-resource/team/mcp',
    );
    expect(metadataUrl('https://gate.example')).toBe(
      'https://gate.example/.well-known/oauth-protected-resource',
    );
  });

  it('is found by either path', () => {
    for (const path of metadataPaths('/team/mcp')) expect(['/team/mcp', '']).toContain(resourcePathOf(path));
    expect(resourcePathOf('/.well-known/oauth-protected-resource/')).toBe('');
    expect(resourcePathOf('/.well-known/oauth-protected-resources')).toBeUndefined();
    expect(resourcePathOf('/mcp/.well-known/oauth-protected-resource')).toBeUndefined();
  });

  it('names the resource, its issuers and how tokens are sent', () => {
    const document = protectedResourceMetadata({
      resource: 'https://gate.example/mcp',
      authorizationServers: ['https://idp.example'],
      name: 'Shop',
      scopes: ['mcp'],
    });
    expect(JSON.parse(document.toString())).toEqual({
      resource: 'https://gate.example/mcp',
      authorization_servers: ['https://idp.example'],
      bearer_methods_supported: ['header'],
      resource_name: 'Shop',
      scopes_supported: ['mcp'],
    });
  });
});

describe('the challenge', () => {
  const resource = 'https://gate.example/mcp';

  it('says where to look, and nothing of an error where no token was shown', () => {
    expect(challengeValue({ resource })).toBe(
      'Bearer resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp"',
    );
  });

  it('names error, description and scopes', () => {
    expect(
      challengeValue({
        resource,
        error: 'insufficient_scope',
        description: 'say "please"\r\nX: é',
        scopes: ['a', 'b'],
      }),
    ).toBe(
      `Bearer error="insufficient_scope", error_description="say 'please'??X: ?", scope="a b", ` +
        'resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp"',
    );
  });
});
