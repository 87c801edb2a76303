-- What a provider outside charges or gives back is booked between its account and the sales: there is no wallet, so no
-- balance after it.
ALTER TABLE `transfers` MODIFY COLUMN `balance_after` BIGINT NULL;
