import { testDeaths } from './support/crash-sample.ts';

testDeaths('linux');
