import { commandFaultMatrix } from '../support/command-fault-matrix.ts';

commandFaultMatrix('exabgp');
