-- In which life of the server the province gave a receipt, with its signature of that; absent where it did not say.
ALTER TABLE receipt ADD COLUMN life BLOB;
