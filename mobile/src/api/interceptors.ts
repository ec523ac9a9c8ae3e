/**
 * The two steps between a request and its session: the credentials that it takes along, and what a
 * refused one means. Both ask the engine, which alone decides.
 */
import { AxiosError, type AxiosInstance, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';

import type { Engine, Ticket } from '@/session/engine/engine';
import { abortedProblem, type Problem } from '@/session/engine/problem';

import { isRepeatable, toProblem } from './http';
import type { Transport } from './transport';

export type SessionInterceptors = {
  addCredentials(config: InternalAxiosRequestConfig): Promise<InternalAxiosRequestConfig>;
  admit(answer: AxiosResponse): AxiosResponse;
  repair(failure: unknown): Promise<AxiosResponse>;
};

export function sessionInterceptors(engine: Engine, transport: Transport, instance: AxiosInstance): SessionInterceptors {
  /** Whoever signed in meanwhile neither asks another person's question nor hears the answer. */
  const isForSomeoneElse = (ticket: Ticket) => ticket.isSignedIn && !engine.isCurrent(ticket.epoch);

  /** Asks the person to prove who they are; they may take as long as they like. */
  async function provedAgain(problem: Problem, ticket: Ticket, config: InternalAxiosRequestConfig): Promise<boolean> {
    if (config.hasSteppedUp || !isRepeatable(config)) return false;
    return (await engine.stepUp.ask(problem.factors)) && engine.isCurrent(ticket.epoch) && isRepeatable(config);
  }

  async function repairable(problem: Problem, ticket: Ticket, config: InternalAxiosRequestConfig): Promise<boolean> {
    if (problem.action !== 'refresh' && problem.action !== 'reauth') return false;
    const isOutdated = engine.ticket().generation !== ticket.generation;
    if (config.hasNewToken || (!isOutdated && problem.action === 'reauth')) {
      engine.answered(ticket.epoch, problem);
      return false;
    }
    engine.refused(ticket.generation);
    await engine.refresh(ticket.generation);
    return engine.isCurrent(ticket.epoch) && isRepeatable(config);
  }

  return {
    async addCredentials(config) {
      const wanted = config.ticket ?? engine.ticket();
      await engine.ready();
      if (config.signal?.aborted) throw abortedProblem();
      if (wanted.isSignedIn && transport.needsTokenFirst && engine.ticket().accessToken === null) {
        await engine.refresh(engine.ticket().generation);
      }
      if (isForSomeoneElse(wanted)) throw abortedProblem();
      config.ticket = engine.ticket();
      if (config.ticket.accessToken) config.headers.set('Authorization', `Bearer ${config.ticket.accessToken}`);
      return config;
    },

    admit(answer) {
      if (answer.config.ticket && isForSomeoneElse(answer.config.ticket)) throw abortedProblem();
      return answer;
    },

    async repair(failure) {
      const config = failure instanceof AxiosError ? failure.config : undefined;
      if (!config?.ticket?.isSignedIn) throw failure;
      const problem = toProblem(failure);
      if (problem.action === 'step_up') {
        if (!(await provedAgain(problem, config.ticket, config))) throw failure;
        return instance.request({ ...config, hasSteppedUp: true, hasNewToken: false });
      }
      if (!(await repairable(problem, config.ticket, config))) throw failure;
      return instance.request({ ...config, hasNewToken: true });
    },
  };
}
