import { logoBytes, maxLogoBytes } from '../../config/notice-text-schema.ts';
import { DetourError } from '../../lib/errors.ts';
import type { NoticeText } from '../../ports/notice-text.ts';
import type { ApiContext } from '../http/options.ts';
import { refusal } from '../http/problem.ts';

/** Largest body with the words of a notice: a logo of the largest size, in base64, fits. */
export const noticeBodyLimit = 512 * 1024;

const place = '/body/logo';

/** The words with a logo that fits into a notice: one that is larger is replaced by a small rendition. Throws a refusal when none can be made. */
export async function withFittingLogo(
  text: NoticeText,
  { fitLogo }: Pick<ApiContext, 'fitLogo'>,
): Promise<NoticeText> {
  const picture = text.logo === undefined ? undefined : logoBytes(text.logo);
  if (picture === undefined || picture.length <= maxLogoBytes) {
    return text;
  }
  if (fitLogo === undefined) {
    throw refusal(
      place,
      `must be at most ${maxLogoBytes} bytes here, this is ${picture.length}: save it about 320 pixels wide, as PNG with few colours or as WebP, or have the package sharp installed, which makes it smaller`,
    );
  }
  try {
    const small = await fitLogo(picture, maxLogoBytes);
    return { ...text, logo: `data:image/webp;base64,${small.toString('base64')}` };
  } catch (error) {
    if (error instanceof DetourError && error.code === 'DETOUR_LOGO_UNUSABLE') {
      throw refusal(place, error.message);
    }
    throw error;
  }
}
