-- Fans' balances, in won. The constraint is the last guard of "never below 0" (design §4, I5).
CREATE TABLE `wallets` (
  `user_id` VARCHAR(64) NOT NULL,
  `balance` BIGINT NOT NULL,
  `created_at` DATETIME(3) NOT NULL,

  CONSTRAINT `wallets_balance_not_negative` CHECK (`balance` >= 0),
  PRIMARY KEY (`user_id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The double-entry ledger: one row is one movement, with the account that gives and the account that receives.
-- `reference` is the effect's own key, so that no effect can be booked twice.
CREATE TABLE `transfers` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `kind` ENUM('TOP_UP', 'CHARGE', 'REFUND') NOT NULL,
  `debit_account` VARCHAR(70) NOT NULL,
  `credit_account` VARCHAR(70) NOT NULL,
  `amount` BIGINT NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `reference` VARCHAR(330) NOT NULL,
  `balance_after` BIGINT NOT NULL,
  `created_at` DATETIME(3) NOT NULL,

  CONSTRAINT `transfers_amount_positive` CHECK (`amount` > 0),
  UNIQUE INDEX `transfers_kind_reference_key` (`kind`, `reference`),
  INDEX `transfers_user_id_id_idx` (`user_id`, `id`),
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row for each idempotency key of a charge, for ever. RECEIVED is the state between a request's arrival and the
-- attempt; it lives inside a transaction, so that rows are ATTEMPTED or SETTLED.
-- `charged_reservation_id` is the reservation's id from the attempt on, until the charge failed or was given back: at most
-- one unrefunded charge per reservation. What only the request says is null where a refund closed the key before it came.
CREATE TABLE `payments` (
  `idempotency_key` VARCHAR(255) NOT NULL,
  `reservation_id` VARCHAR(64) NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `amount` BIGINT NOT NULL,
  `schedule_id` BIGINT NULL,
  `seat_number` BIGINT NULL,
  `state` ENUM('RECEIVED', 'ATTEMPTED', 'SETTLED') NOT NULL,
  `status` ENUM('SUCCESS', 'FAILED') NULL,
  `fail_reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `balance` BIGINT NULL,
  `deadline` DATETIME(3) NULL,
  `requested_at` DATETIME(3) NULL,
  `received_at` DATETIME(3) NOT NULL,
  `attempted_at` DATETIME(3) NULL,
  `settled_at` DATETIME(3) NULL,
  `charged_reservation_id` VARCHAR(64) NULL,

  UNIQUE INDEX `payments_charged_reservation_id_key` (`charged_reservation_id`),
  PRIMARY KEY (`idempotency_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row for each charge that had to be given back, for ever. `status` is null while an outside provider is being asked.
CREATE TABLE `refunds` (
  `refund_key` VARCHAR(262) NOT NULL,
  `charge_key` VARCHAR(255) NOT NULL,
  `reservation_id` VARCHAR(64) NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `amount` BIGINT NOT NULL,
  `reason` VARCHAR(255) NOT NULL,
  `state` ENUM('ATTEMPTED', 'SETTLED') NOT NULL,
  `status` ENUM('REFUNDED', 'VOIDED') NULL,
  `balance` BIGINT NULL,
  `attempted_at` DATETIME(3) NULL,
  `processed_at` DATETIME(3) NULL,

  PRIMARY KEY (`refund_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row for each top-up: `request_key` is who asked with which Idempotency-Key, `reference` the outside payment.
CREATE TABLE `top_ups` (
  `request_key` VARCHAR(330) NOT NULL,
  `requested_by` VARCHAR(64) NOT NULL,
  `idempotency_key` VARCHAR(255) NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `amount` BIGINT NOT NULL,
  `reference` VARCHAR(255) NULL,
  `balance` BIGINT NOT NULL,
  `created_at` DATETIME(3) NOT NULL,

  UNIQUE INDEX `top_ups_reference_key` (`reference`),
  PRIMARY KEY (`request_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages on their way to Kafka: one row per transaction and shard, a JSON array of them.
CREATE TABLE `outbox` (
  `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  `shard` SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  `messages` LONGTEXT NOT NULL,
  `created_at` DATETIME(3) NOT NULL,

  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who leads in what, until when.
CREATE TABLE `leases` (
  `name` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `holder` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `expires_at` DATETIME(3) NOT NULL,

  PRIMARY KEY (`name`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
