import { ApiProperty } from '@nestjs/swagger';
import { Flag, OneOf, Text, Whole } from '../common/fields.js';
import { USERNAME, USERNAME_MEANING } from '../common/names.js';

export const roles = ['student', 'instructor', 'admin'] as const;
const LONGEST_PASSWORD = 256;

export class RegisterBody {
  @Text({ maxLength: 32, pattern: USERNAME, patternMeaning: USERNAME_MEANING })
  username: string;

  @Text({ minLength: 8, maxLength: LONGEST_PASSWORD })
  password: string;

  @Text({ optional: true, minLength: 1, maxLength: 64, description: 'Default: the username.' })
  displayName?: string;

  @Text({ optional: true, minLength: 1, maxLength: 64, description: 'Code of an invite.' })
  invite?: string;
}

export class LoginBody {
  @Text({ minLength: 1, maxLength: 64 })
  username: string;

  @Text({ minLength: 1, maxLength: LONGEST_PASSWORD })
  password: string;
}

export class InviteBody {
  @OneOf(roles, { optional: true, description: 'Default: student. Instructors may invite students only.' })
  role?: (typeof roles)[number];

  @Whole({ optional: true, min: 1, max: 24 * 90, description: 'Default: 168, a week.' })
  expiresInHours?: number;
}

export class UpdateMeBody {
  @Text({ optional: true, minLength: 1, maxLength: 64 })
  displayName?: string;

  @Text({ optional: true, minLength: 8, maxLength: LONGEST_PASSWORD, description: 'Ends all sessions.' })
  password?: string;

  @Text({ optional: true, minLength: 1, maxLength: LONGEST_PASSWORD, description: 'Needed with `password`.' })
  currentPassword?: string;
}

export class UpdateUserBody {
  @OneOf(roles, { optional: true })
  role?: (typeof roles)[number];

  @Flag({ optional: true, description: 'A disabled user cannot sign in and is not listed.' })
  disabled?: boolean;
}

export class UserView {
  @ApiProperty() username: string;
  @ApiProperty() displayName: string;
  @ApiProperty({ enum: roles }) role: (typeof roles)[number];
}

export class ManagedUserView extends UserView {
  @ApiProperty() disabled: boolean;
}

export class SignedInView {
  @ApiProperty() user: UserView;
  @ApiProperty({ description: 'For `Authorization: Bearer`. Shown once.' }) token: string;
}

export class InviteView {
  @ApiProperty() code: string;
  @ApiProperty() url: string;
  @ApiProperty({ format: 'date-time' }) expiresAt: string;
}
