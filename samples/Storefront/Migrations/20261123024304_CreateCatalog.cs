using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Storefront.Migrations
{
    /// <inheritdoc />
    public partial class CreateCatalog : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "categories",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_categories", x => x.id);
                })
                .Annotation("LastMile:Capture", "{\"entity\":\"Category\",\"keys\":[\"category:{Id}\"],\"tags\":[\"category:{Id}\"],\"ignore\":[],\"columns\":{\"Id\":\"id\"}}");

            migrationBuilder.CreateTable(
                name: "products",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    slug = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    price = table.Column<decimal>(type: "numeric(12,2)", precision: 12, scale: 2, nullable: false),
                    category_id = table.Column<int>(type: "integer", nullable: false),
                    views = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_products", x => x.id);
                    table.ForeignKey(
                        name: "FK_products_categories_category_id",
                        column: x => x.category_id,
                        principalTable: "categories",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                })
                .Annotation("LastMile:Capture", "{\"entity\":\"Product\",\"keys\":[\"product:{Id}\",\"product:slug:{Slug}\"],\"tags\":[\"category:{CategoryId}\"],\"ignore\":[\"Views\"],\"columns\":{\"CategoryId\":\"category_id\",\"Id\":\"id\",\"Slug\":\"slug\",\"Views\":\"views\"}}");

            migrationBuilder.CreateIndex(
                name: "IX_products_category_id",
                table: "products",
                column: "category_id");

            migrationBuilder.CreateIndex(
                name: "IX_products_slug",
                table: "products",
                column: "slug",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "products")
                .Annotation("LastMile:Capture", "{\"entity\":\"Product\",\"keys\":[\"product:{Id}\",\"product:slug:{Slug}\"],\"tags\":[\"category:{CategoryId}\"],\"ignore\":[\"Views\"],\"columns\":{\"CategoryId\":\"category_id\",\"Id\":\"id\",\"Slug\":\"slug\",\"Views\":\"views\"}}");

            migrationBuilder.DropTable(
                name: "categories")
                .Annotation("LastMile:Capture", "{\"entity\":\"Category\",\"keys\":[\"category:{Id}\"],\"tags\":[\"category:{Id}\"],\"ignore\":[],\"columns\":{\"Id\":\"id\"}}");
        }
    }
}
