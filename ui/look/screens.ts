// The whole product on demonstration answers: `screens.html?role=post&case=some#/models`.
import { answerHere } from './demonstration/device';

answerHere();
await import('../src/main');
