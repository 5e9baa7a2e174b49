using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

#pragma warning disable CA1814 // Prefer jagged arrays over multidimensional

namespace Shop.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "products",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false),
                    category_id = table.Column<int>(type: "integer", nullable: false),
                    price = table.Column<decimal>(type: "numeric(12,2)", precision: 12, scale: 2, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_products", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "products",
                columns: new[] { "id", "category_id", "name", "price" },
                values: new object[,]
                {
                    { 1, 1, "Product 1", 1m },
                    { 2, 2, "Product 2", 2m },
                    { 3, 3, "Product 3", 3m },
                    { 4, 4, "Product 4", 4m },
                    { 5, 5, "Product 5", 5m },
                    { 6, 6, "Product 6", 6m },
                    { 7, 7, "Product 7", 7m },
                    { 8, 8, "Product 8", 8m },
                    { 9, 9, "Product 9", 9m },
                    { 10, 0, "Product 10", 10m },
                    { 11, 1, "Product 11", 11m },
                    { 12, 2, "Product 12", 12m },
                    { 13, 3, "Product 13", 13m },
                    { 14, 4, "Product 14", 14m },
                    { 15, 5, "Product 15", 15m },
                    { 16, 6, "Product 16", 16m },
                    { 17, 7, "Product 17", 17m },
                    { 18, 8, "Product 18", 18m },
                    { 19, 9, "Product 19", 19m },
                    { 20, 0, "Product 20", 20m },
                    { 21, 1, "Product 21", 21m },
                    { 22, 2, "Product 22", 22m },
                    { 23, 3, "Product 23", 23m },
                    { 24, 4, "Product 24", 24m },
                    { 25, 5, "Product 25", 25m },
                    { 26, 6, "Product 26", 26m },
                    { 27, 7, "Product 27", 27m },
                    { 28, 8, "Product 28", 28m },
                    { 29, 9, "Product 29", 29m },
                    { 30, 0, "Product 30", 30m },
                    { 31, 1, "Product 31", 31m },
                    { 32, 2, "Product 32", 32m },
                    { 33, 3, "Product 33", 33m },
                    { 34, 4, "Product 34", 34m },
                    { 35, 5, "Product 35", 35m },
                    { 36, 6, "Product 36", 36m },
                    { 37, 7, "Product 37", 37m },
                    { 38, 8, "Product 38", 38m },
                    { 39, 9, "Product 39", 39m },
                    { 40, 0, "Product 40", 40m },
                    { 41, 1, "Product 41", 41m },
                    { 42, 2, "Product 42", 42m },
                    { 43, 3, "Product 43", 43m },
                    { 44, 4, "Product 44", 44m },
                    { 45, 5, "Product 45", 45m },
                    { 46, 6, "Product 46", 46m },
                    { 47, 7, "Product 47", 47m },
                    { 48, 8, "Product 48", 48m },
                    { 49, 9, "Product 49", 49m },
                    { 50, 0, "Product 50", 50m },
                    { 51, 1, "Product 51", 51m },
                    { 52, 2, "Product 52", 52m },
                    { 53, 3, "Product 53", 53m },
                    { 54, 4, "Product 54", 54m },
                    { 55, 5, "Product 55", 55m },
                    { 56, 6, "Product 56", 56m },
                    { 57, 7, "Product 57", 57m },
                    { 58, 8, "Product 58", 58m },
                    { 59, 9, "Product 59", 59m },
                    { 60, 0, "Product 60", 60m },
                    { 61, 1, "Product 61", 61m },
                    { 62, 2, "Product 62", 62m },
                    { 63, 3, "Product 63", 63m },
                    { 64, 4, "Product 64", 64m },
                    { 65, 5, "Product 65", 65m },
                    { 66, 6, "Product 66", 66m },
                    { 67, 7, "Product 67", 67m },
                    { 68, 8, "Product 68", 68m },
                    { 69, 9, "Product 69", 69m },
                    { 70, 0, "Product 70", 70m },
                    { 71, 1, "Product 71", 71m },
                    { 72, 2, "Product 72", 72m },
                    { 73, 3, "Product 73", 73m },
                    { 74, 4, "Product 74", 74m },
                    { 75, 5, "Product 75", 75m },
                    { 76, 6, "Product 76", 76m },
                    { 77, 7, "Product 77", 77m },
                    { 78, 8, "Product 78", 78m },
                    { 79, 9, "Product 79", 79m },
                    { 80, 0, "Product 80", 80m },
                    { 81, 1, "Product 81", 81m },
                    { 82, 2, "Product 82", 82m },
                    { 83, 3, "Product 83", 83m },
                    { 84, 4, "Product 84", 84m },
                    { 85, 5, "Product 85", 85m },
                    { 86, 6, "Product 86", 86m },
                    { 87, 7, "Product 87", 87m },
                    { 88, 8, "Product 88", 88m },
                    { 89, 9, "Product 89", 89m },
                    { 90, 0, "Product 90", 90m },
                    { 91, 1, "Product 91", 91m },
                    { 92, 2, "Product 92", 92m },
                    { 93, 3, "Product 93", 93m },
                    { 94, 4, "Product 94", 94m },
                    { 95, 5, "Product 95", 95m },
                    { 96, 6, "Product 96", 96m },
                    { 97, 7, "Product 97", 97m },
                    { 98, 8, "Product 98", 98m },
                    { 99, 9, "Product 99", 99m },
                    { 100, 0, "Product 100", 100m }
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "products");
        }
    }
}
