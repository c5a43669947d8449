ALTER TABLE orders DROP COLUMN article;
