/** The six scenes of the tour, in order. */
import { heldUpdate } from './held-update.ts';
import { deniedTool } from './denied-tool.ts';
import type { Scene } from './scene.ts';
import { blockedDrop, maskedSelect } from './statements.ts';

export const SCENES: readonly Scene[] = [
  maskedSelect,
  blockedDrop,
  heldUpdate,
  {
    name: 'refused-push',
    title: 'A refused push',
    sends: 'git push --force origin main',
    play: undefined,
  },
  {
    name: 'replayed-exec',
    title: 'A replayed exec',
    sends: 'kubectl exec -it web-0 -- sh',
    play: undefined,
  },
  deniedTool,
];
